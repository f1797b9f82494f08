// The session of session.py, sent by RudderStack's client for Node. Arguments: address, write key.
const RudderAnalytics = require("@rudderstack/rudder-sdk-node");

const [host, writeKey] = process.argv.slice(2);
const client = new RudderAnalytics(writeKey, { dataPlaneUrl: host, flushAt: 20 });
const known = { userId: "7001", anonymousId: "a-7001" };
client.identify({ ...known, traits: { email: "sanne@example.nl" } });
client.page({ ...known, name: "Verhuizen", properties: { url: "https://www.example.nl/verhuizen" } });
client.track({ ...known, event: "Quote Started", properties: { product: "car" } });
client.group({ ...known, groupId: "jonge-ouders" });
client.alias({ userId: "7001", previousId: "a-older" });
client.track({ ...known, event: "Never Heard Of" });
client.flush(() => process.exit(0));
