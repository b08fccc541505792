"""The address that Kylas's marketplace opens after the install."""

from pyramid.config import Configurator
from webtest import TestApp

from plugins import kylas_crm


def app():
    with Configurator() as config:
        kylas_crm.configure_web(config)
    return TestApp(config.make_wsgi_app())


def test_the_callback_of_earlier_registrations_leads_to_the_page_for_all_crms():
    answer = app().get("/x/kylas_crm/callback?code=secret-code", status=303)
    assert answer.location == "http://localhost/install/kylas?code=secret-code"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_callback_is_only_for_reading():
    app().post("/x/kylas_crm/callback?code=1", status=404)
