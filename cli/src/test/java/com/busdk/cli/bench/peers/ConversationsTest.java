package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.bench.Target;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said to each system and understood of its answers, without the systems. */
class ConversationsTest {
    private static final Topic TOPIC = Topic.of("r1", 1, 80);
    private static final String EVENT = TOPIC.names().getFirst();
    private static final String BODY = new String(TOPIC.event(0), StandardCharsets.US_ASCII);
    private static final HubServer HUB = new HubServer(null, new Target("127.0.0.1", 8081, "/api/v1/events", "secret"));
    private static final JetStreamServer JET_STREAM = new JetStreamServer(null, null, false);
    private static final RedisServer REDIS = new RedisServer(null, null);
    private static final NchanServer NCHAN = new NchanServer(null, null);
    private static final KafkaServer KAFKA = new KafkaServer(null, null);

    private static Wire begun(Conversation conversation, String greeting) {
        var wire = new Wire(conversation);
        wire.say(greeting);
        wire.heard();
        conversation.begin();
        return wire;
    }

    private static Wire nats(Conversation conversation) {
        return begun(conversation, "INFO {}\r\nPONG\r\n");
    }

    private static String http(int status, String body) {
        return "HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String streamOf(String... chunks) {
        return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(chunks);
    }

    private static String chunks(String... chunks) {
        var text = new StringBuilder();
        for (String chunk : chunks) {
            text.append(Integer.toHexString(chunk.length()))
                    .append("\r\n")
                    .append(chunk)
                    .append("\r\n");
        }
        return text.toString();
    }

    private static String said(Wire wire, Publishing publishing, int count) {
        publishing.conversation().send(publishing.events(0, count));
        return wire.heard();
    }

    @Test
    void shouldGiveAllSystemsTheSameBytes() {
        assertEquals(80, BODY.length());
        Publishing hub = HUB.publishing(TOPIC, true);
        String posted = said(begun(hub.conversation(), ""), hub, 1);
        assertTrue(posted.startsWith("POST /api/v1/events HTTP/1.1\r\n"), posted);
        assertTrue(posted.endsWith("Content-Length: 80\r\n\r\n" + BODY), posted);

        Publishing jetStream = JET_STREAM.publishing(TOPIC, false);
        String published = said(nats(jetStream.conversation()), jetStream, 2);
        String inbox = published.substring("SUB ".length(), published.indexOf(" 1\r\n"));
        String one = "PUB " + EVENT + " " + inbox + " 80\r\n" + BODY + "\r\n";
        assertEquals("SUB " + inbox + " 1\r\n" + one + one, published);

        Publishing redis = REDIS.publishing(TOPIC, false);
        String added = said(begun(redis.conversation(), ""), redis, 1);
        assertTrue(added.startsWith("*5\r\n$4\r\nXADD\r\n$" + EVENT.length() + "\r\n" + EVENT + "\r\n"), added);
        assertTrue(added.endsWith("$80\r\n" + BODY + "\r\n"), added);

        Publishing nchan = NCHAN.publishing(TOPIC, false);
        String given = said(begun(nchan.conversation(), ""), nchan, 1);
        assertTrue(given.startsWith("POST /pub?id=" + EVENT + " HTTP/1.1\r\n"), given);
        assertTrue(given.endsWith("Content-Length: 81\r\n\r\n" + BODY + "\n"), given);

        Publishing kafka = KAFKA.publishing(TOPIC, true);
        String batch = said(begun(kafka.conversation(), ""), kafka, 1);
        assertTrue(batch.endsWith(BODY + "\0"), "the event, and no headers of it: " + batch);
    }

    @Test
    void shouldCountWhatEachSystemAcknowledges() {
        var hub = new Wire(HUB.publishing(TOPIC, true).conversation());
        hub.saySlowly(http(202, "{\"accepted\":true}") + http(202, "{}"));
        assertEquals(List.of(1, 1), hub.acknowledged());

        Wire jetStream = nats(JET_STREAM.publishing(TOPIC, false).conversation());
        String ack = "{\"stream\":\"r1\", \"seq\":1}";
        jetStream.say(("MSG _INBOX.a 1  " + ack.length() + "\r\n" + ack + "\r\n").repeat(3));
        assertEquals(List.of(3), jetStream.acknowledged());

        var redis = new Wire(REDIS.publishing(TOPIC, false).conversation());
        redis.say("$3\r\n1-0\r\n".repeat(2));
        assertEquals(List.of(2), redis.acknowledged());

        var nchan = new Wire(NCHAN.publishing(TOPIC, false).conversation());
        nchan.say(http(201, "queued messages: 1") + http(202, "queued"));
        assertEquals(List.of(2), nchan.acknowledged());
    }

    @Test
    void shouldEndWhereAnEventIsRefused() {
        Conversation hub = HUB.publishing(TOPIC, true).conversation();
        new Wire(hub).say(http(403, "{\"error\":{\"message\":\"scope is missing\"}}"));
        assertTrue(Wire.failure(hub).contains("scope is missing"));

        Conversation jetStream = JET_STREAM.publishing(TOPIC, false).conversation();
        String refused = "{\"error\":{\"code\":503}}";
        nats(jetStream).say("MSG a 1 " + refused.length() + "\r\n" + refused + "\r\n");
        assertTrue(Wire.failure(jetStream).contains("503"));

        Conversation nobody = JET_STREAM.publishing(TOPIC, false).conversation();
        nats(nobody).say("HMSG a 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n");
        assertTrue(Wire.failure(nobody).contains("status 503"));
    }

    @Test
    void shouldPublishLinesInOneRequestOfTheHubAndTakeItsCount() {
        Publishing lines = HUB.publishing(TOPIC, false);
        assertFalse(lines.acknowledgesEach());
        Wire wire = begun(lines.conversation(), "");
        lines.start();
        String said = said(wire, lines, 2);
        assertTrue(said.contains("Transfer-Encoding: chunked\r\n\r\n"), said);
        assertTrue(said.endsWith("\r\n\r\na2\r\n" + (BODY + "\n").repeat(2) + "\r\n"), said);
        lines.end();
        assertEquals("0\r\n\r\n", wire.heard());
        wire.say(http(202, "{\"accepted\":true,\"count\":2,\"firstId\":\"a\"}"));
        assertEquals(List.of(2), wire.acknowledged());
    }

    @Test
    void shouldListenOnceTheSystemHasAccepted() {
        Conversation hub = HUB.listening(TOPIC);
        Wire ofHub = begun(hub, "");
        assertTrue(ofHub.heard().startsWith("GET /api/v1/events/stream?name=" + EVENT + " HTTP/1.1\r\n"));
        assertFalse(hub.ready().isDone());
        ofHub.saySlowly(streamOf("{}\n{}\n", "{}\n"));
        assertTrue(hub.ready().isDone());
        assertEquals(3, ofHub.delivered());

        Conversation nchan = NCHAN.listening(TOPIC);
        Wire ofNchan = begun(nchan, "");
        assertTrue(ofNchan.heard().contains("TE: chunked\r\n"));
        assertFalse(nchan.ready().isDone());
        ofNchan.say(streamOf(BODY + "\n", BODY + "\n"));
        assertTrue(nchan.ready().isDone());
        assertEquals(2, ofNchan.delivered());

        Conversation plain = new JetStreamServer(null, null, true).listening(TOPIC);
        Wire ofPlain = nats(plain);
        assertEquals("SUB " + EVENT + " 2\r\nPING\r\n", ofPlain.heard());
        assertFalse(plain.ready().isDone());
        ofPlain.say("PONG\r\nMSG " + EVENT + " 2 2\r\n{}\r\n");
        assertTrue(plain.ready().isDone());
        assertEquals(1, ofPlain.delivered());
    }

    @Test
    void shouldTellAPushingServerThatItKeepsUp() {
        Conversation consumer = JET_STREAM.listening(TOPIC);
        Wire wire = nats(consumer);
        String asked = wire.heard();
        assertTrue(asked.contains("PUB $JS.API.CONSUMER.CREATE.r1 _INBOX."), asked);
        assertTrue(asked.contains("\"flow_control\":true") && asked.contains("\"deliver_policy\":\"new\""), asked);
        assertFalse(consumer.ready().isDone());
        wire.say("MSG _INBOX.a 1 2\r\n{}\r\n");
        assertTrue(consumer.ready().isDone());
        wire.say("MSG ex 2 1\r\nx\r\n".repeat(3));
        assertEquals(3, wire.delivered());
        String question = "NATS/1.0 100 FlowControl Request\r\n\r\n";
        wire.say("HMSG L 2 $JS.FC.r1.c.x " + question.length() + " " + question.length() + "\r\n" + question + "\r\n");
        assertEquals("PUB $JS.FC.r1.c.x 0\r\n\r\n", wire.heard());
        String stalled =
                "NATS/1.0 100 Idle Heartbeat\r\nNats-Consumer-Stalled: $JS.FC.y\r\nNats-Last-Stream: 5\r\n\r\n";
        wire.say("HMSG L 2 " + stalled.length() + " " + stalled.length() + "\r\n" + stalled + "\r\n");
        assertEquals("PUB $JS.FC.y 0\r\n\r\n", wire.heard());
        String idle = "NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Stream: 5\r\n\r\n";
        wire.say("HMSG L 2 " + idle.length() + " " + idle.length() + "\r\n" + idle + "\r\n");
        assertEquals("", wire.heard());
    }

    @Test
    void shouldAcknowledgeEachPulledEventAndAskForMoreInTime() {
        Conversation consumer = JET_STREAM.consuming(TOPIC, 0);
        Wire wire = nats(consumer);
        String first = wire.heard();
        assertTrue(first.contains("PUB $JS.API.CONSUMER.MSG.NEXT.r1.bench _INBOX."), first);
        wire.say("MSG ex 2 $JS.ACK.1 1\r\nx\r\nMSG ex 2 $JS.ACK.2 1\r\ny\r\n");
        assertEquals("PUB $JS.ACK.1 4\r\n+ACK\r\nPUB $JS.ACK.2 4\r\n+ACK\r\n", wire.heard());
        assertEquals(2, wire.delivered());
        wire.say("MSG ex 2 $JS.ACK.3 1\r\nx\r\n".repeat(PeerServer.FETCH / 2));
        assertTrue(wire.heard().contains("PUB $JS.API.CONSUMER.MSG.NEXT.r1.bench"));
        String over = "NATS/1.0 408 Request Timeout\r\n\r\n";
        wire.say("HMSG L 2 " + over.length() + " " + over.length() + "\r\n" + over + "\r\n");
        assertTrue(wire.heard().startsWith("PUB $JS.API.CONSUMER.MSG.NEXT.r1.bench"));
    }

    private static String entries(String... ids) {
        var text = new StringBuilder("*1\r\n*2\r\n$" + EVENT.length() + "\r\n" + EVENT + "\r\n*" + ids.length + "\r\n");
        for (String id : ids) {
            text.append("*2\r\n$").append(id.length()).append("\r\n").append(id).append("\r\n");
            text.append("*2\r\n$1\r\ne\r\n$80\r\n").append(BODY).append("\r\n");
        }
        return text.toString();
    }

    private static String last(String command) {
        String[] words = command.strip().split("\r\n", -1);
        return words[words.length - 1];
    }

    @Test
    void shouldReadOnBehindTheLastEntryOfAStream() {
        Wire wire = begun(REDIS.listening(TOPIC), "");
        String first = wire.heard();
        assertTrue(first.contains("BLOCK") && last(first).equals("0"), first);
        wire.saySlowly(entries("1-0", "1-1"));
        assertEquals(2, wire.delivered());
        assertEquals("1-1", last(wire.heard()));
        wire.say(entries("25-0"));
        assertEquals("25-0", last(wire.heard()));
    }

    @Test
    void shouldStopReadingWhereAHistoryEnds() {
        Wire wire = begun(REDIS.replaying(TOPIC, 0, 3), "");
        assertFalse(wire.heard().contains("BLOCK"));
        wire.say(entries("1-0", "1-1"));
        assertEquals("1-1", last(wire.heard()));
        wire.say(entries("1-2"));
        assertEquals("", wire.heard());
        assertEquals(3, wire.delivered());
    }

    @Test
    void shouldAcknowledgeAllEntriesOfAReplyAtOnceAndCountWhatIsConfirmed() {
        Wire wire = begun(REDIS.consuming(TOPIC, 7), "");
        String first = wire.heard();
        assertTrue(
                first.contains("XREADGROUP")
                        && first.contains("c7")
                        && last(first).equals(">"),
                first);
        wire.say(entries("1-0", "1-1"));
        assertEquals(0, wire.delivered());
        String said = wire.heard();
        assertTrue(said.startsWith("*5\r\n$4\r\nXACK\r\n"), said);
        assertTrue(said.contains("$3\r\n1-0\r\n$3\r\n1-1\r\n") && said.contains("XREADGROUP"), said);
        wire.say(":2\r\n");
        assertEquals(2, wire.delivered());
        assertEquals("", wire.heard());
    }

    @Test
    void shouldAcknowledgeDeliveriesOfTheHubOverAConnectionBeside() {
        Conversation consumer = HUB.consuming(TOPIC, 3);
        Conversation beside = consumer.companions().getFirst();
        Wire wire = begun(consumer, "");
        Wire acks = new Wire(beside);
        assertTrue(wire.heard().contains("&ack=explicit&"));
        wire.say(streamOf("{\"delivery\":{\"token\":\"t1\"}}\n{\"delivery\":{\"token\":\"t2\"}}\n"));
        assertTrue(acks.heard().endsWith("\r\n\r\n{\"group\":\"bench\",\"ack\":[\"t1\",\"t2\"]}"));
        wire.say(chunks("{\"delivery\":{\"token\":\"t3\"}}\n"));
        assertEquals("", acks.heard(), "one request at a time");
        acks.say(http(200, "{\"ack\":2,\"nack\":0}"));
        assertEquals(2, wire.delivered());
        assertTrue(acks.heard().endsWith("[\"t3\"]}"));
    }
}
