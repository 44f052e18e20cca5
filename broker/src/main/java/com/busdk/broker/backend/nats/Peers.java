package com.busdk.broker.backend.nats;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Questions from process to process. A question is a kind (u8) and bytes; an answer is 0 and bytes, 1 and an error as
 * {@link ApiException}, or 2 where the group does not live there.
 *
 * <p>Threads: {@link #ask} on an event loop, where it completes; questions are answered on event loops of its own choice,
 * always the same few.
 */
final class Peers {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /** Of one that may be dead. */
    private static final Duration PING_PATIENCE = Duration.ofSeconds(3);

    private static final byte OK = 0;
    private static final byte ERROR = 1;
    private static final byte ELSEWHERE = 2;
    private static final byte PING = 127;
    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);

    private final NatsLink link;
    private final Subjects subjects;
    private final Answerer answerer;
    private final List<ContextInternal> contexts = new ArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();

    /** Answers a question; on an event loop. */
    @FunctionalInterface
    interface Answerer {
        /** Fails with an {@link ApiException}, or {@link Elsewhere}. */
        Future<byte[]> answer(byte kind, ByteBuffer question);
    }

    /** The group does not live there, or nobody is there. */
    static final class Elsewhere extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Elsewhere() {
            super("the group does not live there", null, false, false);
        }
    }

    Peers(Vertx vertx, NatsLink link, Subjects subjects, Answerer answerer) {
        this.link = link;
        this.subjects = subjects;
        this.answerer = answerer;
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            contexts.add(((VertxInternal) vertx).createEventLoopContext());
        }
    }

    /** Begins to answer. */
    AutoCloseable serve(String self) {
        return link.serve(subjects.ofProcess(self), (_, question, replyTo) -> {
            if (replyTo != null && question.length > 0) {
                contexts.get(Math.floorMod(turn.getAndIncrement(), contexts.size()))
                        .runOnContext(_ -> answer(question, replyTo));
            }
        });
    }

    private void answer(byte[] question, String replyTo) {
        if (question[0] == PING) {
            link.answer(replyTo, new byte[] {OK});
            return;
        }
        Future<byte[]> answer;
        try {
            answer = answerer.answer(question[0], ByteBuffer.wrap(question, 1, question.length - 1));
        } catch (RuntimeException e) {
            answer = Future.failedFuture(e);
        }
        answer.onSuccess(body -> link.answer(replyTo, with(OK, body)))
                .onFailure(failure -> link.answer(replyTo, error(failure)));
    }

    private static byte[] with(byte kind, byte[] body) {
        byte[] all = new byte[1 + body.length];
        all[0] = kind;
        System.arraycopy(body, 0, all, 1, body.length);
        return all;
    }

    private static byte[] error(Throwable failure) {
        if (failure instanceof Elsewhere) {
            return new byte[] {ELSEWHERE};
        }
        ApiException known = failure instanceof ApiException api ? api : null;
        if (known == null) {
            LOG.error("a question of another process has failed", failure);
            known = ApiException.of(ErrorType.INTERNAL, "the service that has the group failed; see its log");
        }
        byte[] json = known.toJsonBytes();
        return with(
                ERROR,
                ByteBuffer.allocate(4 + json.length)
                        .putShort((short) known.status())
                        .putShort((short) known.retryAfter().orElse(0))
                        .put(json)
                        .array());
    }

    /** Asks a process; fails with its {@link ApiException}, with {@link Elsewhere}, or with 503. */
    Future<ByteBuffer> ask(String process, byte kind, byte[] question) {
        return ask(process, with(kind, question), PATIENCE);
    }

    /** Whether it is there: fails with {@link Elsewhere} where it is not. */
    Future<Void> ping(String process) {
        return ask(process, new byte[] {PING}, PING_PATIENCE).mapEmpty();
    }

    private Future<ByteBuffer> ask(String process, byte[] question, Duration patience) {
        Promise<ByteBuffer> promise = ContextInternal.current().promise();
        var _ = link.ask(subjects.ofProcess(process), question, patience).whenComplete((answer, failure) -> {
            if (failure != null || answer == null) {
                promise.fail(notAnswered(failure));
            } else if (answer.length == 0 || answer[0] == ELSEWHERE) {
                promise.fail(new Elsewhere());
            } else if (answer[0] == OK) {
                promise.complete(ByteBuffer.wrap(answer, 1, answer.length - 1).slice());
            } else {
                promise.fail(refusal(answer));
            }
        });
        return promise.future();
    }

    private static RuntimeException notAnswered(@Nullable Throwable failure) {
        NatsRefusal.Kind kind = failure == null
                ? NatsRefusal.Kind.OTHER
                : NatsRefusal.of(failure).kind();
        return kind == NatsRefusal.Kind.NO_RESPONDERS
                ? new Elsewhere()
                : ApiException.of(
                                ErrorType.UNAVAILABLE,
                                "the service that has the group has not answered in time; try again")
                        .withRetryAfter(1);
    }

    private static ApiException refusal(byte[] answer) {
        ByteBuffer from = ByteBuffer.wrap(answer, 1, answer.length - 1);
        int status = from.getShort();
        int retryAfter = from.getShort();
        byte[] json = new byte[from.remaining()];
        from.get(json);
        return ApiException.parse(status, json, retryAfter == 0 ? null : Integer.toString(retryAfter));
    }
}
