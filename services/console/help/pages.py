"""Help: the jobs of a role, and one short page for each."""

from starlette.responses import Response

from services.console.help.jobs import JOBS, jobs_of
from services.console.web.pages import ANYBODY, Pages
from services.console.web.visit import Here
from shared.http.problems import not_found

pages = Pages("/help")


@pages.get(allow=ANYBODY)
async def index(at: Here) -> Response:
    """List the jobs of this role."""
    return at.page("help/index.html", jobs=jobs_of(at.me.role))


@pages.get("/{slug}", allow=ANYBODY)
async def one(at: Here, slug: str) -> Response:
    """Show how one job is done."""
    job = next((job for job in JOBS if job.slug == slug and at.me.role in job.roles), None)
    if job is None:
        raise not_found()
    return at.page("help/job.html", job=job)
