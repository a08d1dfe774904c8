"""Templates: strict about names, always escaped. `people/person.html` is in `services/console/people/templates`."""

from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from services.console.backend.names import PersonName
from services.console.web import words
from services.console.web.assets import Assets
from services.console.web.brand import Brand
from services.console.web.components import Components
from services.console.web.tags import tag
from services.console.web.telephone import ring

HERE = Path(__file__).parent.parent


class Templates:
    """Renders pages; one for each process."""

    def __init__(self, assets: Assets, look: Brand) -> None:
        self.nhsuk = Components()
        nouns = {path.parent.name: FileSystemLoader(path) for path in HERE.glob("*/templates")}
        self.environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(HERE / "templates"), PrefixLoader(nouns)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.filters.update(words.FILTERS, named=PersonName, bare=str)
        self.environment.globals.update(asset=assets.url, brand=look, nhsuk=self.nhsuk, tag=tag)
        self.environment.globals.update(many=words.many, ring=ring, is_past=words.is_past)

    def render(self, name: str, context: dict[str, Any]) -> str:
        return self.environment.get_template(name).render(context)
