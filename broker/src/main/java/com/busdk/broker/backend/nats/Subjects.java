package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import com.busdk.broker.envelope.EventBatch;
import com.busdk.broker.envelope.JsonText;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What things are called in the cluster, all of it below the name of the stream:
 *
 * <pre>
 * BUS.e.OWNER.NAME      an event; in the stream BUS
 * BUS.g.SHARD           the journal of the groups of a shard; in the stream BUS-groups
 * BUS.g.probe.PROCESS   by which a process sees that what it stores comes back; likewise
 * BUS.r.OWNER.NAME      somebody listens; not stored
 * BUS.p.PROCESS         what one process tells another; not stored
 * </pre>
 *
 * <p>An owner is the first half of the SHA-256 of its canonical text, so that no identity is read off a subject and each
 * is one word; {@code -} is nobody. Stateless, any thread.
 */
final class Subjects {
    /** Shards of groups: some for each of many processes, and few enough that each may tell that it lives. */
    static final int SHARDS = 64;

    private static final int OWNER_BYTES = 16;
    private static final String NOBODY = "-";

    private final String stream;

    Subjects(String stream) {
        this.stream = stream;
    }

    String ofEvent(EventBatch batch, int index) {
        byte[] bytes = batch.bytes();
        int tail = batch.start(index);
        String name =
                new String(bytes, tail + EventBatch.NAME_OFFSET, batch.nameLength(index), StandardCharsets.US_ASCII);
        int owner = tail + batch.ownerOffset(index);
        int length = batch.ownerLength(index);
        String word = length == 0 ? NOBODY : hash(Arrays.copyOfRange(bytes, owner, owner + length));
        return stream + ".e." + word + "." + name;
    }

    String ofShard(int shard) {
        return stream + ".g." + shard;
    }

    String ofProbe(String process) {
        return stream + ".g.probe." + process;
    }

    /** The shard of a journal's subject, or -1. */
    int shardOf(String subject) {
        int at = stream.length() + ".g.".length();
        int shard = 0;
        if (subject.length() <= at || subject.length() > at + 2) {
            return -1;
        }
        for (int i = at; i < subject.length(); i++) {
            int digit = subject.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            shard = shard * 10 + digit;
        }
        return shard < SHARDS ? shard : -1;
    }

    /** What a listener to that name or pattern is found by who looks for one that sees an event of some owner. */
    String ofListener(String name, @Nullable String ownerView) {
        return stream + ".r." + (ownerView == null ? "*" : hash(JsonText.encode(ownerView))) + "." + name;
    }

    /** Whom to ask whether anybody would see an event of that name and owner. */
    String ofListeners(String name, @Nullable String owner) {
        return stream + ".r." + (owner == null ? NOBODY : hash(JsonText.encode(owner))) + "." + name;
    }

    /** That nobody ever has. */
    String ofNobody() {
        return stream + ".nobody";
    }

    String ofProcess(String process) {
        return stream + ".p." + process;
    }

    /** In which shard the groups of that name and view are; the same in every process and version. */
    static int shardOf(HomeKey key) {
        String owner = key.owner();
        int hash = 31 * key.group().hashCode() + (owner == null ? 0 : owner.hashCode());
        hash ^= hash >>> 16;
        hash *= 0x45d9f3b; // an odd number that spreads what differs in few bits
        return (hash ^ hash >>> 16) & SHARDS - 1;
    }

    private static String hash(byte[] text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text);
            return HexFormat.of().formatHex(digest, 0, OWNER_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
