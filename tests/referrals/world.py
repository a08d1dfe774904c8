"""Referrals' application over ASGI on a real database, with referrals of two teams."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import MetaData, select

from services.referrals.activities import ReferralActivities
from services.referrals.message.models import MessageItem, ReplyGrant
from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from tests.referrals.place import Place, put_place
from tests.referrals.stories import Story
from tests.tables import base_of
from tests.world import House

MONTH = timedelta(days=30)


@dataclass
class World(House):
    """One application, an actor of each role in `team`, and another team."""

    metadata: ClassVar[MetaData] = base_of("referrals").metadata

    async def place(self, **agency: Any) -> Place:
        return await put_place(self.services.work, **agency)

    async def story(self, place: Place | None = None, *, team: UUID | None = None) -> Story:
        """A referral that was sent."""
        return await self.tale(place or await self.place(), team).sent()

    async def draft(self, *, team: UUID | None = None) -> Story:
        return await self.tale(await self.place(), team).draft()

    def tale(self, place: Place, team: UUID | None) -> Story:
        worker = Actor("worker-1", Role.WORKER, (team or self.team,))
        return Story(self.services.work, ReferralActivities(self.services.work), worker, place)


async def mailed(story: Story, lives: timedelta = MONTH) -> UUID:
    """The first message that left for this referral; `lives`: how long its link does."""
    async with story.db.transaction(Actor.service("referrals")) as session:
        item = (await session.scalars(select(MessageItem).where(MessageItem.referral_id == story.id).limit(1))).one()
        grant = (await session.scalars(select(ReplyGrant).where(ReplyGrant.message_id == item.message_id))).one()
        grant.expires_at = clock.now() + lives
        return item.message_id
