"""Responses of the API of bank holidays."""

from shared.http.bodies import View


class EffectView(View):
    """Plans with a step on that day, and open tasks whose time runs over it. Counts alone."""

    plans: int
    tasks: int
