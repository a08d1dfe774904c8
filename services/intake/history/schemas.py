"""What the history of a person gives."""

from datetime import datetime

from shared.http.bodies import View


class HistoryView(View):
    """One record of a person's history: `engagement` (`state`), `said_no`, `came_back` (`opened` by what) or `died`."""

    what: str
    at: datetime
    by: str
    state: str | None = None
    until: datetime | None = None
    opened: str | None = None
    words: str | None = None
