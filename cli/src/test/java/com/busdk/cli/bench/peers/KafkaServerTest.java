package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said to Kafka and understood of its answers, without Kafka: the layouts are those of its protocol guide. */
class KafkaServerTest {
    private static final Topic TOPIC = Topic.of("r1", 1, 80);
    private static final String NAME = TOPIC.names().getFirst();
    private static final Topic THREE = Topic.of("r2", 3, 80);
    private static final KafkaServer KAFKA = new KafkaServer(null, null);

    private static Wire begun(Conversation conversation) {
        var wire = new Wire(conversation);
        conversation.begin();
        return wire;
    }

    /** The head of a request, read. */
    private static int number(ByteBuffer request, int api, int version) {
        assertEquals(request.remaining() - 4, request.getInt(), "length");
        assertEquals(api, request.getShort(), "what is asked");
        assertEquals(version, request.getShort(), "version");
        int number = request.getInt();
        assertEquals("bus-bench", KafkaFields.text(request));
        return number;
    }

    /** The batches of a request that publishes: name, first and number of records of each. */
    private static List<String> published(ByteBuffer request, int events) {
        assertEquals(events, number(request, 0, 3), "number");
        assertEquals(-1, request.getShort(), "no transaction");
        assertEquals(-1, request.getShort(), "acknowledged by all replicas");
        assertEquals(30_000, request.getInt(), "milliseconds");
        List<String> batches = new ArrayList<>();
        for (int topics = request.getInt(); topics > 0; topics--) {
            String name = KafkaFields.text(request);
            assertEquals(1, request.getInt(), "partitions");
            assertEquals(0, request.getInt(), "partition");
            ByteBuffer batch = ByteBuffer.wrap(KafkaFields.raw(request, request.getInt()));
            assertEquals(batch.remaining() - 12, batch.getInt(8));
            String event = KafkaFields.latin(KafkaFields.raw(batch.position(61), batch.remaining()));
            assertTrue(event.contains("{\"name\":\"" + name + "\""), event);
            batches.add(name + " " + batch.getInt(57));
        }
        assertFalse(request.hasRemaining());
        return batches;
    }

    private static ByteBuffer said(Wire wire, Publishing publishing, long from, int count) {
        publishing.conversation().send(publishing.events(from, count));
        return KafkaFields.of(wire.heard());
    }

    private static String taken(int number, String name, int error) {
        return new KafkaFields()
                .i32(number, 1)
                .text(name)
                .i32(1, 0)
                .i16(error)
                .i64(12, -1)
                .i32(0)
                .message();
    }

    @Test
    void shouldPublishTheEventsOfOneNameAsOneBatch() {
        Publishing publishing = KAFKA.publishing(TOPIC, false);
        Wire wire = begun(publishing.conversation());
        assertEquals(List.of(NAME + " 256"), published(said(wire, publishing, 0, 256), 256));
        assertEquals(List.of(NAME + " 3"), published(said(wire, publishing, 256, 3), 3));
        assertEquals(List.of(NAME + " 256"), published(said(wire, publishing, 259, 256), 256));
    }

    @Test
    void shouldGiveEachNameABatchOfItsOwn() {
        Publishing publishing = KAFKA.publishing(THREE, false);
        Wire wire = begun(publishing.conversation());
        String base = THREE.names().getFirst().replaceFirst("0$", "");
        assertEquals(List.of(base + "2 3", base + "0 2", base + "1 2"), published(said(wire, publishing, 5, 7), 7));
        assertEquals(List.of(base + "1 1", base + "2 1"), published(said(wire, publishing, 1, 2), 2));
    }

    @Test
    void shouldCountTheEventsOfEachAcknowledgedRequest() {
        Conversation publisher = KAFKA.publishing(TOPIC, false).conversation();
        Wire wire = begun(publisher);
        wire.say(taken(256, NAME, 0) + taken(3, NAME, 0));
        assertEquals(List.of(259), wire.acknowledged());
        wire.saySlowly(taken(1, NAME, 0));
        assertEquals(List.of(259, 1), wire.acknowledged());
        wire.say(taken(1, NAME, 10));
        assertTrue(Wire.failure(publisher).contains("error 10"));
    }

    /** What a request asks of the topic, and from where on. */
    private static long fetches(String said) {
        ByteBuffer request = KafkaFields.of(said);
        assertEquals(0, number(request, 1, 4));
        assertEquals(-1, request.getInt(), "a client");
        assertEquals(500, request.getInt(), "milliseconds to wait");
        assertEquals(1, request.getInt(), "bytes to wait for");
        assertEquals(1 << 20, request.getInt(), "bytes at most");
        assertEquals(0, request.get(), "isolation");
        assertEquals(1, request.getInt(), "topics");
        assertEquals(NAME, KafkaFields.text(request));
        assertEquals(1, request.getInt(), "partitions");
        assertEquals(0, request.getInt(), "partition");
        long offset = request.getLong();
        assertEquals(1 << 20, request.getInt(), "bytes of the partition at most");
        assertFalse(request.hasRemaining());
        return offset;
    }

    @Test
    void shouldFetchOnBehindTheLastWholeBatch() {
        Conversation listener = KAFKA.listening(TOPIC);
        Wire wire = begun(listener);
        assertEquals(0, fetches(wire.heard()));
        assertTrue(listener.ready().isDone());
        byte[] first = KafkaFields.batch(0, 3);
        byte[] second = KafkaFields.batch(3, 40);
        wire.saySlowly(KafkaFields.fetched(NAME, 0, first.length + second.length)
                .raw(first)
                .raw(second)
                .message());
        assertEquals(43, wire.delivered());
        assertEquals(43, fetches(wire.heard()));
        wire.say(KafkaFields.fetched(NAME, 0, 0).message());
        assertEquals(43, wire.delivered());
        assertEquals(43, fetches(wire.heard()), "it waits on");
    }

    @Test
    void shouldFetchAgainWhatWasCutOff() {
        Wire wire = begun(KAFKA.listening(TOPIC));
        wire.heard();
        byte[] whole = KafkaFields.batch(100, 3);
        for (int cut : new int[] {1, 60, 61, 70}) {
            byte[] part = Arrays.copyOf(KafkaFields.batch(103, 9), cut);
            wire.say(KafkaFields.fetched(NAME, 0, whole.length + cut)
                    .raw(whole)
                    .raw(part)
                    .message());
            assertEquals(103, fetches(wire.heard()), "cut off after " + cut);
        }
        assertEquals(4 * 3, wire.delivered());
    }

    @Test
    void shouldStopFetchingWhereAHistoryEnds() {
        Wire wire = begun(KAFKA.replaying(TOPIC, 0, 5));
        wire.heard();
        byte[] first = KafkaFields.batch(0, 4);
        wire.say(KafkaFields.fetched(NAME, 0, first.length).raw(first).message());
        assertEquals(4, fetches(wire.heard()));
        byte[] second = KafkaFields.batch(4, 1);
        wire.say(KafkaFields.fetched(NAME, 0, second.length).raw(second).message());
        assertEquals("", wire.heard());
        assertEquals(5, wire.delivered());
    }

    @Test
    void shouldEndWhereNothingCanBeFetched() {
        Conversation refused = KAFKA.listening(TOPIC);
        begun(refused).say(KafkaFields.fetched(NAME, 3, 0).message());
        assertTrue(Wire.failure(refused).contains("error 3 "));

        Conversation old = KAFKA.listening(TOPIC);
        byte[] batch = KafkaFields.batch(0, 4);
        batch[16] = 1;
        begun(old).say(KafkaFields.fetched(NAME, 0, batch.length).raw(batch).message());
        assertTrue(Wire.failure(old).contains("no batch of records"));

        Conversation other = KAFKA.listening(TOPIC);
        begun(other).say(new KafkaFields().i32(0, 0, 2).text(NAME).i32(0).message());
        assertTrue(Wire.failure(other).contains("about 2 partitions"));
    }

    @Test
    void shouldMakeATopicOfOnePartitionForEachName() {
        var expected = new KafkaFields().i16(19).i16(2).i32(0).text("bus-bench").i32(3);
        THREE.names().forEach(name -> expected.text(name).i32(1).i16(1).i32(0, 0));
        assertEquals(expected.i32(60_000).i8(0).message(), KafkaFields.latin(KafkaTopics.create(THREE)));

        KafkaFields answer = new KafkaFields().i32(0, 3).text("a").i16(0).i16(-1);
        answer.text("b").i16(36).text("it exists");
        assertEquals(
                0,
                KafkaTopics.errorOfCreation(
                        read(answer, new KafkaFields().text("c").i16(0).i16(-1))));
        assertEquals(
                38,
                KafkaTopics.errorOfCreation(
                        read(answer, new KafkaFields().text("c").i16(38).text("no"))));
    }

    @Test
    void shouldAskForTheEndOfEachPartition() {
        var expected = new KafkaFields().i16(2).i16(1).i32(0).text("bus-bench").i32(-1, 3);
        THREE.names().forEach(name -> expected.text(name).i32(1, 0).i64(-1));
        assertEquals(expected.message(), KafkaFields.latin(KafkaTopics.ends(THREE)));

        KafkaFields answer = new KafkaFields()
                .i32(2)
                .text("a")
                .i32(1, 0)
                .i16(0)
                .i64(-1, 0)
                .text("b")
                .i32(1, 0);
        assertEquals(
                0, KafkaTopics.errorOfEnds(read(answer, new KafkaFields().i16(0).i64(-1, 0))));
        assertEquals(
                6, KafkaTopics.errorOfEnds(read(answer, new KafkaFields().i16(6).i64(-1, -1))));
    }

    @Test
    void shouldDeleteTheTopicsOfAllNames() {
        var expected = new KafkaFields().i16(20).i16(1).i32(0).text("bus-bench").i32(3);
        THREE.names().forEach(expected::text);
        assertEquals(expected.i32(60_000).message(), KafkaFields.latin(KafkaTopics.delete(THREE)));

        KafkaFields answer = new KafkaFields().i32(0, 2).text("a").i16(0).text("b");
        assertEquals(0, KafkaTopics.errorOfDeletion(read(answer, new KafkaFields().i16(0))));
        assertEquals(41, KafkaTopics.errorOfDeletion(read(answer, new KafkaFields().i16(41))));
    }

    private static ByteBuffer read(KafkaFields begin, KafkaFields end) {
        return ByteBuffer.wrap(
                new KafkaFields().raw(begin.bytes()).raw(end.bytes()).bytes());
    }
}
