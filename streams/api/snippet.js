// Views, searches and forms marked data-signals. Nothing is kept or sent before consent.
((w, d) => {
  const me = d.currentScript, at = new URL(".", me.src), key = me.dataset.key, now = () => new Date().toISOString()
  const steps = new Map()
  let queue = [], id = (d.cookie.match(/(?:^|; )signals=([\w-]+)/) || [])[1], user, timer

  const uuid = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), n => n.toString(36)).join("")
  const secure = location.protocol == "https:" ? "; secure" : ""
  const keep = (id, days) => d.cookie = `signals=${id}; path=/; max-age=${days * 86400}; samesite=lax` + secure
  const post = (path, body) => fetch(at + path, {
    method: "POST", keepalive: true, credentials: "omit", body: JSON.stringify({ writeKey: key, ...body })
  })
  const later = wait => { clearTimeout(timer); timer = setTimeout(flush, wait) }
  const add = call => {
    queue = [...queue.slice(-99), { messageId: uuid(), originalTimestamp: now(), userId: user, ...call }]
    later(1000)
  }
  const flush = () => {
    const batch = queue.filter(call => call.anonymousId ||= id).slice(0, 50) // tried again: as who it was
    if (!batch.length) return
    queue = queue.filter(call => !batch.includes(call))
    post("batch", { batch, sentAt: now() }).then(answer => {
      if (answer.status == 429 || answer.status > 499) throw answer
      if (queue.length) later(0)
    }).catch(() => { queue = [...batch, ...queue]; later(1e4) })
  }
  const track = (event, properties) => add({ type: "track", event, properties })
  const page = () => {
    const words = new URLSearchParams(location.search)
    const query = words.get("q") || words.get("query") || words.get("search") || words.get("zoek")
    const url = location.origin + location.pathname, referrer = d.referrer.split("?")[0]
    add({ type: "page", properties: { url, title: d.title, referrer } })
    if (query) track("Site Searched", { query })
  }
  const step = (form, name) => {
    const done = steps.get(form)
    if (!form || done == name || (done && name == "Started")) return
    steps.set(form, name)
    track("Form " + name, { form: form.dataset.signals, product: form.dataset.product })
  }
  const formOf = event => event.target.closest("form[data-signals]")
  const on = (target, event, act) => target.addEventListener(event, act)

  w.signals = {
    track, page,
    identify: (id, userHash) => { user = id; add({ type: "identify", context: { userHash } }) },
    consent: categoryPreferences => {
      const any = Object.values(categoryPreferences).some(Boolean)
      if (any && !id) keep(id = uuid(), 180)
      const event = "Segment Consent Preference Updated"
      add({ type: "track", event, context: { consent: { categoryPreferences } } })
      flush()
      if (!any) { id = 0; queue = []; keep("", 0) }
    },
    decide: async () => {
      const answer = id && await post("web/decision", { anonymousId: id }).catch(() => 0)
      return answer?.ok ? (await answer.json()).show : null
    }
  }
  on(d, "input", event => step(formOf(event), "Started"))
  on(d, "submit", event => step(formOf(event), "Submitted"))
  on(w, "pagehide", () => {
    steps.forEach((done, form) => done == "Started" && step(form, "Abandoned"))
    flush()
  })
  page()
})(window, document)
