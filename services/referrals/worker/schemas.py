"""Requests and responses of the API of contact names."""

from typing import Annotated

from pydantic import StringConstraints

from services.referrals.referral.schemas import Name
from shared.http.bodies import Body, View

ChosenName = Annotated[Name, StringConstraints(max_length=60)]


class ContactNameBody(Body):
    """The name that services see; without one they see the organisation alone."""

    name: ChosenName | None = None


class ContactNameView(View):
    name: str | None
