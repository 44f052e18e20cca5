package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.peers.KafkaConversation.Api;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** What is asked about the topics of Kafka that the names of a topic are, and what the answers say. Stateless. */
final class KafkaTopics {
    private static final int DONE_WITHIN_MILLIS = 60_000;
    private static final int ALREADY_EXISTS = 36;
    private static final int CLIENT = -1;
    private static final int LATEST = -1;

    private KafkaTopics() {}

    /** Makes a topic of one partition and one replica for each name. */
    static byte[] create(Topic topic) {
        ByteBuf request = KafkaConversation.request(Api.CREATE_TOPICS, 0)
                .writeInt(topic.names().size());
        for (String name : topic.names()) {
            KafkaConversation.text(request, name)
                    .writeInt(1)
                    .writeShort(1)
                    .writeInt(0)
                    .writeInt(0);
        }
        return KafkaConversation.bytes(request.writeInt(DONE_WITHIN_MILLIS).writeBoolean(false));
    }

    /** The first error in the answer to that, or 0; that a topic is there from an attempt before is none. */
    static int errorOfCreation(ByteBuffer answer) {
        answer.getInt();
        for (int topics = answer.getInt(); topics > 0; topics--) {
            KafkaConversation.text(answer);
            int error = answer.getShort();
            KafkaConversation.text(answer);
            if (error != 0 && error != ALREADY_EXISTS) {
                return error;
            }
        }
        return 0;
    }

    /** Asks for the end of each partition, which only its leader can tell. */
    static byte[] ends(Topic topic) {
        ByteBuf request = KafkaConversation.request(Api.LIST_OFFSETS, 0)
                .writeInt(CLIENT)
                .writeInt(topic.names().size());
        for (String name : topic.names()) {
            KafkaConversation.text(request, name).writeInt(1).writeInt(0).writeLong(LATEST);
        }
        return KafkaConversation.bytes(request);
    }

    /** The first error in the answer to that, or 0. */
    static int errorOfEnds(ByteBuffer answer) {
        for (int topics = answer.getInt(); topics > 0; topics--) {
            KafkaConversation.text(answer);
            for (int partitions = answer.getInt(); partitions > 0; partitions--) {
                answer.getInt();
                int error = answer.getShort();
                answer.getLong();
                answer.getLong();
                if (error != 0) {
                    return error;
                }
            }
        }
        return 0;
    }

    /** Deletes the topics of all names. */
    static byte[] delete(Topic topic) {
        ByteBuf request = KafkaConversation.request(Api.DELETE_TOPICS, 0)
                .writeInt(topic.names().size());
        topic.names().forEach(name -> KafkaConversation.text(request, name));
        return KafkaConversation.bytes(request.writeInt(DONE_WITHIN_MILLIS));
    }

    /** The first error in the answer to that, or 0. */
    static int errorOfDeletion(ByteBuffer answer) {
        answer.getInt();
        for (int topics = answer.getInt(); topics > 0; topics--) {
            KafkaConversation.text(answer);
            int error = answer.getShort();
            if (error != 0) {
                return error;
            }
        }
        return 0;
    }
}
