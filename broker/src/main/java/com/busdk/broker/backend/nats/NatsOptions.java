package com.busdk.broker.backend.nats;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the cluster is and what is kept there.
 *
 * @param servers some of its servers, as {@code nats://host:4222} or {@code tls://host:4222}; the others are found by them
 * @param credentials a file of credentials ({@code .creds}), or null where the servers ask for none
 * @param authority certificates in PEM that servers are checked against instead of those that Java trusts, or null
 * @param replicas servers that have each event, 1 to 5; a stream that is there keeps what it has
 * @param stream name of the stream of events; that of the progress of groups is called the same with {@code -groups}
 */
public record NatsOptions(
        List<String> servers,
        @Nullable Path credentials,
        @Nullable Path authority,
        int replicas,
        String stream) {
    /** Three lose one server without losing anything. */
    public static final int DEFAULT_REPLICAS = 3;

    public static final int MOST_REPLICAS = 5;
    public static final String DEFAULT_STREAM = "BUS";

    /** Letters, digits, {@code -} and {@code _}: it is the first word of each subject as well. */
    private static final Pattern STREAM = Pattern.compile("[A-Za-z0-9_-]{1,32}");

    public NatsOptions {
        servers = List.copyOf(servers);
        if (servers.isEmpty() || replicas < 1 || replicas > MOST_REPLICAS) {
            throw new IllegalArgumentException("a cluster has servers, and a stream 1 to 5 replicas");
        }
        if (!isStreamName(stream)) {
            throw new IllegalArgumentException("a stream's name has 1 to 32 letters, digits, - and _");
        }
    }

    /** Whether a stream can be called that. */
    public static boolean isStreamName(String text) {
        return STREAM.matcher(text).matches();
    }

    /** Without the servers, whose URLs may have a password in them. */
    @Override
    public String toString() {
        return "NatsOptions[" + servers.size() + " servers, stream=" + stream + ", replicas=" + replicas + "]";
    }

    /** The stream of the progress of groups. */
    String groupsStream() {
        return stream + "-groups";
    }
}
