"""What people set for search engines. Light to import: every command reads settings."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class EngineSettings:
    """What settings give; empty where people set nothing."""

    names: Sequence[str] = ()
    """Of the engines that are installed. Empty: those of Tavily and SearXNG that are set up, or else Wikipedia."""
    tavily_api_key: str = ""
    searxng_url: str = ""
    ncbi_api_key: str = ""
    contact: str = ""
    """An e-mail address for Wikipedia, arXiv and PubMed, which ask who makes so many requests."""
    wikipedia_language: str = "en"
