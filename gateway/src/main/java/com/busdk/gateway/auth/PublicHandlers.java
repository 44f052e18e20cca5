package com.busdk.gateway.auth;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.gateway.auth.AuthStore.Begun;
import com.busdk.gateway.auth.SourceLimits.Deed;
import com.busdk.gateway.http.Answer;
import com.busdk.gateway.http.Call;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.http.Metrics;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What anybody may ask. Nobody learns from it who is registered: what is said is the same for a known and an unknown
 * address, the store does the same work, and mail goes out behind the answer.
 *
 * <p>Any event loop.
 */
final class PublicHandlers {
    private static final Logger LOG = LoggerFactory.getLogger(PublicHandlers.class);

    /** Mails that wait for a slow server. Beyond it codes are refused, to known and unknown addresses alike. */
    static final int MAX_SENDING = 512;

    private static final int RETRY_AFTER_SECONDS = 10;

    private final Vertx vertx;
    private final AuthStore store;
    private final AuthTokens tokens;
    private final OtpSender sender;
    private final SourceLimits limits;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger sending = new AtomicInteger();
    private final Counter made;
    private final Counter verified;
    private final Counter refused;

    PublicHandlers(
            Vertx vertx, AuthStore store, AuthTokens tokens, OtpSender sender, SourceLimits limits, Metrics metrics) {
        this.vertx = vertx;
        this.store = store;
        this.tokens = tokens;
        this.sender = sender;
        this.limits = limits;
        // Figures are for anybody to read who reaches them: what only a known address moves would tell who is
        // registered. That a mail could not be sent, or that many wait, is in the log.
        this.made = metrics.counter(
                "otp.made", "one-time passwords that were made, whether somebody has the address or not");
        this.verified = metrics.counter("otp.verified", "one-time passwords that began a session");
        this.refused = metrics.counter("otp.refused", "one-time passwords that were wrong, used or too late");
    }

    Future<Answer> register(Call call) {
        EmailAddress address = Fields.of(call.body()).email();
        limits.count(Deed.REGISTER, call.head());
        return store.register(address)
                .map(_ -> Answer.json(200, Json.object().put("status", Account.Status.WAITLISTED.word())));
    }

    Future<Answer> requestCode(Call call) {
        EmailAddress address = Fields.of(call.body()).email();
        limits.count(Deed.REQUEST_CODE, call.head());
        if (sending() >= MAX_SENDING) {
            LOG.warn("request {}: {} one-time passwords wait for the mail server", call.requestId(), sending.get());
            return Future.failedFuture(
                    ApiException.of(ErrorType.UNAVAILABLE, "mail goes out too slowly at the moment: try again later")
                            .withRetryAfter(RETRY_AFTER_SECONDS));
        }
        return store.requestCode(address).map(outcome -> {
            switch (outcome) {
                case AuthStore.CodeRequest.Limited limited -> throw SourceLimits.tooMany(limited.retryAfterSeconds());
                case AuthStore.CodeRequest.Made code -> {
                    made.increment();
                    behindTheAnswer(() -> {
                        if (code.known()) {
                            send(address, code.code(), call.requestId());
                        }
                    });
                }
            }
            return Answer.json(200, Json.object().put("status", "sent"));
        });
    }

    /**
     * That there is a mail to be sent is not to be seen from the time of an answer: not from that of this one, behind which
     * it is begun, and not from that of the next, since the sender has an event loop of its own.
     */
    private void behindTheAnswer(Runnable sending) {
        waiting.incrementAndGet();
        vertx.getOrCreateContext().runOnContext(_ -> {
            try {
                sending.run();
            } finally {
                waiting.decrementAndGet();
            }
        });
    }

    private void send(EmailAddress address, String code, String requestId) {
        sending.incrementAndGet();
        Future.succeededFuture()
                .compose(_ -> sender.send(address, code)) // so that what it throws is a failure like any other
                .onComplete(done -> sent(done.cause(), requestId));
    }

    /** How many one-time passwords are on their way, or may be. */
    int sending() {
        return waiting.get() + sending.get();
    }

    private void sent(@Nullable Throwable problem, String requestId) {
        sending.decrementAndGet();
        if (problem != null) {
            LOG.error("request {}: the one-time password could not be sent: {}", requestId, problem.getMessage());
        }
    }

    Future<Answer> verify(Call call) {
        Fields fields = Fields.of(call.body());
        EmailAddress address = fields.email();
        String code = fields.required("otp");
        limits.count(Deed.VERIFY, call.head());
        return store.verify(address, code).map(begun -> {
            (begun.isPresent() ? verified : refused).increment();
            return session(begun.orElseThrow(() -> ApiException.of(
                    ErrorType.INVALID_AUTH,
                    "the one-time password is wrong, used, or too old: ask for another one with bus auth login")));
        });
    }

    Answer session(Begun begun) {
        AuthTokens.Minted minted = tokens.session(begun);
        ObjectNode body = Json.object()
                .put("token", minted.token())
                .put("expires_at", minted.expiresAt().toString())
                .put("identity_id", begun.account().id())
                .put("email_verified", begun.account().emailVerified())
                .put("status", begun.account().status().word());
        return Answer.json(200, body);
    }
}
