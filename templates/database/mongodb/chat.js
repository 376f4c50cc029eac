// The collection of what people write to one another: mongosh "$DOCUMENTS_URI" --file database/mongodb/chat.js
// As a user who may shard (docs/START.md); may run again, and changes nothing that is as it should be.
//
// A message: { _id: a ULID, room: "<room>#<suffix>", sent_at, author, text, expires_at }. A room's messages lie under as many suffixes as
// CHAT_ROOM_SHARDS says; a reader asks all of them and merges, newest first:
//   db.messages.find({ room: { $in: [...] }, sent_at: { $lt: before } }).sort({ sent_at: -1 }).limit(50)

const chat = db.getSiblingDB("chat");

const schema = {
  bsonType: "object",
  required: ["_id", "room", "sent_at", "author", "text", "expires_at"],
  properties: {
    room: { bsonType: "string", pattern: "^[^#]+#[0-9]+$" },
    sent_at: { bsonType: "date" },
    author: { bsonType: "string" },
    text: { bsonType: "string" },
    expires_at: { bsonType: "date" },
  },
};

const validation = { validator: { $jsonSchema: schema }, validationLevel: "strict", validationAction: "error" };
if (chat.getCollectionNames().includes("messages")) {
  chat.runCommand({ collMod: "messages", ...validation });
} else {
  chat.createCollection("messages", validation);
}

// Reading a room, and where its messages lie: the suffix spreads the loudest room, the time lets what it holds be split.
chat.messages.createIndex({ room: 1, sent_at: 1 }, { name: "room_sent_at" });
// What has expired goes by itself, within a minute or so.
chat.messages.createIndex({ expires_at: 1 }, { name: "expires_at", expireAfterSeconds: 0 });

// One shard needs no key; the cluster that gets its second one runs this again.
if (db.hello().msg === "isdbgrid") {
  const sharded = db.getSiblingDB("config").collections.findOne({ _id: "chat.messages" });
  if (sharded === null) sh.shardCollection("chat.messages", { room: 1, sent_at: 1 });
}
