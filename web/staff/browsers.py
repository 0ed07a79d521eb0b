"""What a browser calls itself, in words by which a person knows their own. Pure."""

from __future__ import annotations

# In this order: each names itself also by the names of those after it.
_BROWSERS = (
    ("Edg", "Edge"),
    ("coc_coc", "Cốc Cốc"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_words(agent: str) -> str:
    """Return such as "Firefox trên Windows"."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "Trình duyệt khác")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return f"{browser} trên {system}" if system else browser
