package com.busdk.broker.backend.nats;

import com.busdk.client.config.ConfigException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nats.client.AuthHandler;
import io.nats.client.AuthenticationException;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.Consumer;
import io.nats.client.Dispatcher;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.ServerInfo;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's connection to the cluster. It comes back by itself when it is lost; what was under way then has failed.
 *
 * <p>Any thread; answers come on threads of the client library.
 */
final class NatsLink implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);

    /**
     * A connection that is half open is noticed in six seconds at most: one interval may go by without a ping, since
     * something came, then two are missed, and the end of the fourth tells.
     */
    private static final Duration PING = Duration.ofMillis(1_500);

    private static final int PINGS_OUT = 2;
    private static final Duration RECONNECT = Duration.ofMillis(250);

    /** More than a writer, its questions and its streams ever have under way: nothing is refused for it. */
    private static final int OUTGOING_MESSAGES = 200_000;

    private static final long STORE_MILLIS = 5_000;
    private static final long QUESTION_MILLIS = 2_000;

    /** Messages that may wait for one handler, and bytes of them: beyond that they are lost, which its protocol notices. */
    private static final int PENDING_MESSAGES = 100_000;

    private static final long PENDING_BYTES = 64L << 20;
    private static final String CREDENTIALS = "--nats-creds (BUS_EVENTS_NATS_CREDS)";
    private static final int WRONG_LAST = 10071;
    private static final int TOO_LARGE = 10054;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Logger LOG = LoggerFactory.getLogger(NatsLink.class);

    private final Connection nats;
    private final Requests requests;
    private volatile boolean closing;

    /**
     * A message that was stored.
     *
     * @param duplicate it was before, with that sequence
     */
    record Stored(long sequence, boolean duplicate) {}

    /** Where a stream stands. */
    record StreamState(long first, long last, long messages, long bytes, Instant created) {}

    /** Takes what is sent to a subject; on a thread of the client library. */
    @FunctionalInterface
    interface Handler {
        void message(String subject, byte[] body, @Nullable String replyTo);
    }

    private NatsLink(Connection nats) {
        this.nats = nats;
        this.requests = new Requests(nats);
    }

    /**
     * Connects; blocking.
     *
     * @throws IOException no server can be reached
     * @throws ConfigException the credentials are unreadable or refused
     */
    static NatsLink open(NatsOptions options, String name) throws IOException, InterruptedException {
        Watcher watcher = new Watcher();
        Options.Builder to = new Options.Builder()
                .servers(options.servers().toArray(String[]::new))
                .connectionName(name)
                .connectionTimeout(CONNECT)
                .pingInterval(PING)
                .maxPingsOut(PINGS_OUT)
                .maxReconnects(-1)
                .reconnectWait(RECONNECT)
                .reconnectBufferSize(0)
                .maxMessagesInOutgoingQueue(OUTGOING_MESSAGES)
                .connectionListener(watcher)
                .errorListener(watcher);
        Path credentials = options.credentials();
        if (credentials != null) {
            to.authHandler(readable(credentials));
        }
        SSLContext tls = NatsTls.context(options);
        if (tls != null) {
            to.sslContext(tls);
        }
        try {
            NatsLink link = new NatsLink(Nats.connect(to.build()));
            watcher.watch(link);
            return link;
        } catch (AuthenticationException e) {
            throw new ConfigException(
                    CREDENTIALS, "the cluster refuses this service: give a file of credentials that it knows");
        } catch (IOException e) {
            throw new IOException(
                    "no server of the cluster can be reached: see that they run, and that --nats-url names some of"
                            + " them",
                    e);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("--nats-url (BUS_EVENTS_NATS_URL)", "it has no host and port of a server");
        }
    }

    /** The file is read again at each connection: here it is seen that there is something in it to sign with. */
    private static AuthHandler readable(Path credentials) {
        AuthHandler handler = Nats.credentials(credentials.toString());
        try {
            Arrays.fill(handler.getID(), ' ');
        } catch (RuntimeException e) {
            throw new ConfigException(
                    CREDENTIALS, "the file cannot be read, or is no file of credentials: " + credentials);
        }
        return handler;
    }

    /** Tells an operator, and those who wait, that the connection has gone. */
    private static final class Watcher implements ConnectionListener, ErrorListener {
        private volatile @Nullable NatsLink link;

        /** Each try that fails is told as another loss; an operator is told once. On the library's one thread of events. */
        private boolean lost;

        void watch(NatsLink opened) {
            link = opened;
        }

        @Override
        @SuppressWarnings("deprecation") // the interface has no other method that has to be there
        public void connectionEvent(Connection connection, Events event) {
            NatsLink mine = link;
            if (mine == null || mine.closing) {
                return;
            }
            switch (event) {
                case DISCONNECTED -> {
                    if (!lost) {
                        lost = true;
                        LOG.warn("the connection to the cluster is lost; it is made again");
                    }
                    mine.requests.disconnectedNow();
                }
                case RECONNECTED -> {
                    lost = false;
                    LOG.info(
                            "connected to the cluster again, by {}",
                            connection.getServerInfo().getServerName());
                }
                case CLOSED -> {
                    // The library gives up where a server refuses it twice; nothing else ends its tries.
                    LOG.error("the cluster refuses this service's credentials, and it is not asked again: start the"
                            + " service anew with credentials that the cluster knows (--nats-creds)");
                    mine.requests.disconnectedNow();
                }
                default -> {}
            }
        }

        @Override
        public void errorOccurred(Connection connection, String error) {
            LOG.warn("the cluster says: {}", error);
        }

        @Override
        public void exceptionOccurred(Connection connection, Exception problem) {
            LOG.debug("the connection to the cluster has a problem: {}", problem.toString());
        }

        @Override
        public void slowConsumerDetected(Connection connection, Consumer consumer) {
            LOG.warn("messages of the cluster come faster than they are taken, and some are lost");
        }
    }

    // ---- what it knows

    boolean connected() {
        return nats.getStatus() == Connection.Status.CONNECTED;
    }

    /** Bytes of a message at most, by the server that it is connected to. */
    long maxPayload() {
        return nats.getMaxPayload();
    }

    ServerInfo server() {
        return nats.getServerInfo();
    }

    Connection connection() {
        return nats;
    }

    // ---- streams

    /**
     * Stores one message; those of one thread in the order of its calls. Fails with a {@link NatsRefusal}.
     *
     * @param id by which a repeat is known, or null
     * @param lastOnSubject sequence that the last message of the subject has to have, 0 for none, or -1 for any
     */
    CompletableFuture<Stored> publish(String subject, byte[] body, @Nullable String id, long lastOnSubject) {
        Headers headers = null;
        if (id != null || lastOnSubject >= 0) {
            headers = new Headers();
            if (id != null) {
                headers.put("Nats-Msg-Id", id);
            }
            if (lastOnSubject >= 0) {
                headers.put("Nats-Expected-Last-Subject-Sequence", Long.toString(lastOnSubject));
            }
        }
        return requests.ask(subject, headers, body, STORE_MILLIS).thenApply(NatsLink::stored);
    }

    private static Stored stored(byte[] answer) {
        JsonNode json = json(answer);
        long sequence = json.path("seq").asLong();
        if (sequence <= 0) {
            throw new CompletionException(new NatsRefusal(NatsRefusal.Kind.OTHER, "an answer without a sequence"));
        }
        return new Stored(sequence, json.path("duplicate").asBoolean());
    }

    /** What the stream's leader says; fails with a {@link NatsRefusal}. */
    CompletableFuture<StreamState> state(String stream) {
        return requests.ask("$JS.API.STREAM.INFO." + stream, null, new byte[0], QUESTION_MILLIS)
                .thenApply(answer -> {
                    JsonNode json = json(answer);
                    JsonNode state = json.path("state");
                    return new StreamState(
                            state.path("first_seq").asLong(),
                            state.path("last_seq").asLong(),
                            state.path("messages").asLong(),
                            state.path("bytes").asLong(),
                            OffsetDateTime.parse(json.path("created").asText()).toInstant());
                });
    }

    /** Takes messages of a subject out of a stream that have a lower sequence. */
    CompletableFuture<Void> purgeBelow(String stream, String subject, long sequence) {
        byte[] question =
                ("{\"filter\":\"" + subject + "\",\"seq\":" + sequence + "}").getBytes(StandardCharsets.US_ASCII);
        return requests.ask("$JS.API.STREAM.PURGE." + stream, null, question, QUESTION_MILLIS)
                .thenAccept(NatsLink::json);
    }

    /** An answer of JetStream; throws what it says is wrong. */
    private static JsonNode json(byte[] answer) {
        JsonNode json;
        try {
            json = JSON.readTree(answer);
        } catch (IOException e) {
            throw new CompletionException(new NatsRefusal(NatsRefusal.Kind.OTHER, "an answer that is not JSON"));
        }
        JsonNode error = json.path("error");
        if (!error.isMissingNode()) {
            throw new CompletionException(refusal(error));
        }
        return json;
    }

    private static NatsRefusal refusal(JsonNode error) {
        int code = error.path("err_code").asInt();
        String text = error.path("description").asText("refused") + " (" + code + ")";
        NatsRefusal.Kind kind = switch (code) {
            case WRONG_LAST -> NatsRefusal.Kind.WRONG_LAST;
            case TOO_LARGE -> NatsRefusal.Kind.TOO_LARGE;
            case 10023, 10047, 10077 -> NatsRefusal.Kind.NO_ROOM; // resources, storage, limits of the stream
            case 10008, 10009, 10076 -> NatsRefusal.Kind.NO_RESPONDERS; // no leader just now
            default -> NatsRefusal.Kind.OTHER;
        };
        return new NatsRefusal(kind, text);
    }

    // ---- from process to process

    /** Sends something that may get lost. */
    void tell(String subject, byte[] body) {
        try {
            nats.publish(subject, body);
        } catch (IllegalStateException e) {
            LOG.debug("not sent: {}", e.toString()); // no connection: lost
        }
    }

    /** Answers who has asked. */
    void answer(String replyTo, byte[] body) {
        tell(replyTo, body);
    }

    /** Asks whoever has that subject; fails with a {@link NatsRefusal}. */
    CompletableFuture<byte[]> ask(String subject, byte[] body, Duration timeout) {
        return requests.ask(subject, null, body, timeout.toMillis());
    }

    /** Takes what is sent to a subject, one message after the other, on a thread of its own, until it is closed. */
    AutoCloseable serve(String subject, Handler handler) {
        Dispatcher dispatcher = nats.createDispatcher(message -> {
            try {
                handler.message(message.getSubject(), message.getData(), message.getReplyTo());
            } catch (RuntimeException e) {
                LOG.error("a message of another process could not be taken", e);
            }
        });
        dispatcher.setPendingLimits(PENDING_MESSAGES, PENDING_BYTES);
        dispatcher.subscribe(subject);
        return () -> nats.closeDispatcher(dispatcher);
    }

    @Override
    public void close() {
        closing = true;
        requests.close();
        try {
            nats.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
