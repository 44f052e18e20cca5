package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.peers.KafkaConversation.Api;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The requests that publish the events of a topic, each name a topic of Kafka with one partition. Events of one name that
 * are published together are one batch, all batches one request, and its number is how many events it has. What is acknowledged
 * has been taken by all replicas, of which there is one. Not for several threads.
 */
final class KafkaMessages {
    private static final int ACKS_OF_ALL = -1;
    private static final int ANSWER_WITHIN_MILLIS = 30_000;
    private static final int NO_TRANSACTION = -1;

    private final Topic topic;

    /** Where there is one name, the request with so many events, once it has been asked for. */
    private final byte[][] known;

    /** @param most events of a request at most */
    KafkaMessages(Topic topic, int most) {
        this.topic = topic;
        this.known = new byte[topic.names().size() == 1 ? most + 1 : 0][];
    }

    /** What publishes events {@code from} and on, whose names take turns; {@code count} is at least 1. */
    ByteBuf of(long from, int count) {
        if (known.length == 0) {
            return Unpooled.wrappedBuffer(request(from, count));
        }
        if (known[count] == null) {
            known[count] = request(from, count);
        }
        return Unpooled.wrappedBuffer(known[count]);
    }

    private byte[] request(long from, int count) {
        long now = System.currentTimeMillis();
        int variety = topic.names().size();
        int names = Math.min(variety, count);
        ByteBuf request = KafkaConversation.request(Api.PRODUCE, count)
                .writeShort(NO_TRANSACTION)
                .writeShort(ACKS_OF_ALL)
                .writeInt(ANSWER_WITHIN_MILLIS)
                .writeInt(names);
        for (int i = 0; i < names; i++) {
            int name = (int) ((from + i) % variety);
            ByteBuf batch = KafkaRecords.batch(topic.event(name), (count - 1 - i) / variety + 1, now);
            KafkaConversation.text(request, topic.names().get(name));
            request.writeInt(1).writeInt(0).writeInt(batch.readableBytes()).writeBytes(batch);
            batch.release();
        }
        return KafkaConversation.bytes(request);
    }
}
