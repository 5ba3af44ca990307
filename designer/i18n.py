"""Every text a user reads passes through here: ``_("Save {name}").format(name=name)``.

Texts are written in English in the code and looked up when they are *used*, so a change of language reaches
whatever is drawn next. Text fixed at class level is only marked, with `N_`, and translated where it is shown.
Never an f-string inside ``_()``: the catalogue could not contain it.

Translations are gettext catalogues, ``resources/locale/<code>/LC_MESSAGES/netdraft.mo``.
"""

from __future__ import annotations

import enum
import gettext as _gettext
from typing import Self

from designer.resources import resource

DOMAIN = "netdraft"


class _Language:
    """The language in force: one per process, as with every gettext program."""

    def __init__(self) -> None:
        self.catalogue = _gettext.NullTranslations()


_language = _Language()


def _(message: str) -> str:
    """Translate a text into the language in force at the moment of the call."""
    # gettext answers the empty text with the catalogue's header.
    return _language.catalogue.gettext(message) if message else ""


def N_(message: str) -> str:  # noqa: N802 - the name gettext's own tools look for
    """Mark a text for translation and return it unchanged; pass it through `_` where it is shown."""
    return message


def ngettext(singular: str, plural: str, n: int) -> str:
    """Translate the form that suits ``n`` things: ``ngettext("{n} layer", "{n} layers", n).format(n=n)``."""
    return _language.catalogue.ngettext(singular, plural, n)


class LabelledEnum(enum.StrEnum):
    """Words to choose from, each with what people read: ``FULL = "full", N_("Lowest to highest")``.

    The value is what files, settings and the command line hold.
    """

    def __new__(cls, value: str, *_words: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        return member

    def __init__(self, value: str, label: str = "", help: str = "") -> None:
        del value
        self._label, self._help = label, help

    @property
    def label(self) -> str:
        """The words people choose it by, translated."""
        return _(self._label)

    @property
    def help(self) -> str:
        """What the choice is good for, translated; empty where nothing is to be said."""
        return _(self._help)


def install_language(code: str | None = None) -> None:
    """Choose the language of everything that is translated from now on.

    Parameters
    ----------
    code
        Such as ``"de"`` or ``"pt_BR"``; ``None`` follows the environment (``LANGUAGE``, ``LC_ALL``,
        ``LC_MESSAGES``, ``LANG``). A language without a catalogue means English.
    """
    languages = None if code is None else [code]
    _language.catalogue = _gettext.translation(DOMAIN, str(resource("locale")), languages, fallback=True)


def available_languages() -> tuple[str, ...]:
    """Return the codes of the languages a catalogue is shipped for, English first."""
    catalogues = resource("locale").glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return ("en", *sorted({path.parent.parent.name for path in catalogues} - {"en"}))
