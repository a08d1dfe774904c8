"""The whole main job in the browser, from a first meeting to a closed plan.

The worker and the service use a phone, the supervisor a desk, and every page that they see is looked at on both.
"""

from tests.console.walk.conftest import StoryCrew
from tests.console.walk.look import Look
from tests.console.walk.story import Story

# Some forty pages and ten leaps of time in one test.
SECONDS_A_TEST = 900


async def person_is_met_and_referred(story: Story) -> None:
    await story.begin()
    await story.the_person_is_registered()
    await story.a_contact_is_logged()
    await story.the_person_agrees()
    await story.a_plan_is_started()
    await story.a_service_is_chosen()
    await story.it_is_previewed_and_sent()


async def test_from_a_first_meeting_to_a_closed_plan(crew: StoryCrew) -> None:
    story = Story(crew, Look("main-job"))
    await person_is_met_and_referred(story)
    await story.the_board_is_opened()
    await story.the_agency_is_reminded()
    await story.the_worker_is_asked_to_ring()
    await story.the_board_shows_that_it_waits_too_long()
    await story.the_supervisor_gives_more_days()
    await story.the_worker_sees_what_was_decided()
    await story.the_agency_opens_its_mail()
    await story.the_agency_accepts()
    await story.the_agency_reads_what_it_is_about()
    await story.the_agency_gives_an_appointment()
    await story.the_person_is_informed()
    await story.the_person_misses_it_and_it_is_booked_again()
    await story.the_person_is_informed()
    await story.the_person_attends()
    await story.it_is_finished()
    await story.the_plan_is_reviewed_and_signed()
    await story.the_plan_is_closed()


async def test_without_script_the_person_is_referred_answered_for_and_acted_on(crew: StoryCrew) -> None:
    story = Story(crew, Look("without-script", script=False))
    await person_is_met_and_referred(story)
    await story.the_supervisor_gives_more_days()
    await story.the_worker_sees_what_was_decided()
    await story.the_agency_opens_its_mail()
    await story.the_agency_accepts()
    await story.the_agency_reads_what_it_is_about()
    await story.the_agency_gives_an_appointment()
    await story.the_person_is_informed()
