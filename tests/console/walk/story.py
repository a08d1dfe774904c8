"""The main job by its pages: chapters of a few presses each, in the words that stand on the buttons.

The same chapters are walked with script and without; only what comes by itself onto an open page needs a script.
"""

from tests.console.walk.beginning import Beginning
from tests.console.walk.ending import Ending
from tests.console.walk.silence import Silence


class Story(Beginning, Silence, Ending):
    """The story of one person, from a first meeting to a closed plan."""
