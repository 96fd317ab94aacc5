from tests.edges.web.conftest import *
async def test_smoke(seeded):
    c=seeded.client
    for p in ("/v1/incidents","/v1/tasks","/v1/rejects","/v1/feeds","/v1/city","/healthz","/readyz","/metrics","/schema","/schema/openapi.json","/","/nope","/v1/incidents?status=x","/v1/incidents?limit=900&foo=1","/v1/incidents/xx","/v1/reports/hotline:W-1", "/v1/rejects/00000000-0000-0000-0000-000000000009/raw","/v1/incidents?since=2020-01-01T00:00:00"):
        r=await c.get(p); print(p, r.status_code, r.headers['content-type'], r.text[:300]); print()
    i=(await c.get("/v1/incidents")).json()["items"][0]["id"]
    for x in (await c.get("/v1/incidents")).json()["items"]:
        s=(await c.get("/v1/incidents/"+x["id"])); print(s.status_code, s.text[:1500]);print()
    print((await c.get("/v1/incidents/"+i+"/why")).text[:600])
    print(s.headers)
    r=await c.post("/v1/feeds/hotline",json={"a":1}); print(r.status_code,r.text)
    r=await c.delete("/v1/feeds/hotline"); print(r.status_code,r.text)
    print((await c.post("/v1/rejects/00000000-0000-0000-0000-000000000009/replay")).text)
