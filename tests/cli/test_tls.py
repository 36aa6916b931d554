"""The program with an endpoint behind HTTP/2 and TLS, with good certificates and bad ones."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import contains, equal, esihelp, run, store, test  # noqa: E402
from upstream import Upstream  # noqa: E402
from upstream_tls import Front, Unavailable  # noqa: E402

VPN = "The VPN drops every few minutes"


def ask(path, url, **more):
    env = {"ESI_PROVIDER": "openai", "OPENAI_API_KEY": "x", "OPENAI_BASE_URL": url, **more}
    result = esihelp("ask", "--json", "--store", path, VPN, env=env)
    equal(result.code, 0)
    return result.json(), result.err


@test
def a_good_certificate_is_trusted_by_its_ca_over_both_versions_of_http(folder):
    path = store(folder)
    with Upstream() as up, Front(up.port, ("good", "h1")) as front:
        for kind, url in front.urls.items():
            reply, _ = ask(path, url, ESI_CA_FILE=front.ca)
            equal((kind, reply["model"], reply["fallback"]), (kind, "gpt-4o", None))
        equal(up.counts()["chat"], 2)


@test
def a_bad_certificate_gets_neither_key_nor_question(folder):
    path = store(folder)
    with Upstream() as up, Front(up.port, ("good", "self", "expired", "other", "client")) as front:
        for kind in ("self", "expired", "other", "client"):
            reply, _ = ask(path, front.urls[kind], ESI_CA_FILE=front.ca)
            equal((kind, reply["model"]), (kind, "offline"))
            contains(reply["answer"], "Switch the VPN profile from UDP to TCP")
        reply, err = ask(path, front.urls["good"])  # the system knows no such CA
        equal(reply["model"], "offline")
        contains(err, "certificate")
        equal(up.counts()["requests"], 0)


@test
def a_client_shows_its_certificate_where_one_is_demanded(folder):
    path = store(folder)
    with Upstream() as up, Front(up.port, ("client",)) as front:
        reply, _ = ask(path, front.urls["client"], ESI_CA_FILE=front.ca,
                       ESI_CLIENT_CERT=front.cert, ESI_CLIENT_KEY=front.key)
        equal(reply["model"], "gpt-4o")


@test
def a_reply_that_breaks_behind_a_gateway_is_asked_for_again_or_made_offline(folder):
    path = store(folder)
    for play, model in (("reset; any normal", "gpt-4o"), ("503; any normal", "gpt-4o"),
                        ("reset_mid", "offline")):
        with Upstream(play) as up, Front(up.port, ("good",)) as front:
            reply, _ = ask(path, front.urls["good"], ESI_CA_FILE=front.ca)
            equal((play, reply["model"]), (play, model))
            contains(reply["answer"], "Switch the VPN profile from UDP to TCP")


try:
    Front(1)
except Unavailable as why:
    print("1..0 # SKIP", why)
else:
    run()
