"""What nobody needs any more goes by itself; what somebody may look for stays."""

from sqlalchemy import func, select

from core.app import App
from core.db.session import ALL_TENANTS
from core.mail.models import OutgoingMail
from core.people.models import MailedToken, WebSession
from tests.support import Browser, Clock, Post


def count(app: App, model: type) -> int:
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def clean(app: App, name: str) -> str | None:
    return app.jobs.periodics[name].function(app)


def sign_up(browser: Browser, post: Post) -> None:
    browser.fill_in("/signup", name="Asha", email="asha@example.com", password="correct horse battery")
    post.fetch()


def test_sessions_and_mailed_links_that_ran_out(
    app: App, browser: Browser, post: Post, clock: Clock
) -> None:
    sign_up(browser, post)
    assert (count(app, MailedToken), count(app, WebSession) > 0) == (1, True)
    assert clean(app, "people.clean_up") is None
    clock.turn(days=29)
    clean(app, "people.clean_up")
    assert (count(app, MailedToken), count(app, WebSession)) == (1, 0)
    clock.turn(days=3)
    assert clean(app, "people.clean_up") == "1 sessions, mailed links and invitations were put away."
    assert count(app, MailedToken) == 0


def test_mails_that_were_sent_a_month_ago(app: App, browser: Browser, post: Post, clock: Clock) -> None:
    sign_up(browser, post)
    clock.turn(days=29)
    assert clean(app, "mail.clean_up") is None
    clock.turn(days=2)
    assert clean(app, "mail.clean_up") == "1 sent mails were deleted."
    assert count(app, OutgoingMail) == 0
