"""App and sandbox as two servers: neither starves the other."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from core.sandbox import demo
from tests.browser.place import served
from tests.pages import frame
from tests.visitor import Visitor

DEALS = range(4485, 4495)


def test_ten_modals_at_once_work(tmp_path: Path) -> None:
    with served(tmp_path) as place:
        visitor = Visitor(place.app)
        visitor.send_form("/login", email=demo.OWNER, password=demo.PASSWORD)
        with ThreadPoolExecutor(10) as pool:
            modals = [pool.submit(visitor.read, frame("links/new", f"DEAL/{deal}")) for deal in DEALS]
            asked = [pool.submit(requests.get, f"{place.sandbox}/", timeout=10) for _ in range(10)]
    for modal in modals:
        page = modal.result()
        assert "Create link" in [button.get_text(strip=True) for button in page.select("main button")]
        assert len(page.select("select[name=product_ref] option[value]")) > 1
    assert [answer.result().status_code for answer in asked] == [200] * 10
