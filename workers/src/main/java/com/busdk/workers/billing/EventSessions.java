package com.busdk.workers.billing;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.events.EventsClient;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.workers.store.Fields;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pages of a payment provider, which another worker asks for by events. Whether an account is active is told by that worker
 * afterwards, with an update. Any thread; has no state.
 *
 * <p>The request has the id of the one that it is made for ({@code request_id}), so that the provider gives one page for
 * one request also where this is asked twice.
 */
final class EventSessions implements Sessions {
    private static final Logger LOG = LoggerFactory.getLogger(EventSessions.class);

    /** Less than the gateway waits for this worker, so that its caller learns the reason. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Longest URL that is passed on; browsers take little more. */
    private static final int MAX_URL_CHARS = 4_096;

    private final EventsClient client;

    EventSessions(EventsClient client) {
        this.client = client;
    }

    @Override
    public Future<String> checkout(Envelope request, Account account, Optional<String> plan) {
        ObjectNode payload = payload(request, account);
        plan.ifPresent(id -> payload.put("plan_id", id));
        return ask(BillingEvents.PROVIDER_CHECKOUT, account, payload);
    }

    @Override
    public Future<String> portal(Envelope request, Account account) {
        return ask(BillingEvents.PROVIDER_PORTAL, account, payload(request, account));
    }

    private static ObjectNode payload(Envelope request, Account account) {
        return Fields.object().put("account_id", account.key()).put("request_id", request.id());
    }

    private Future<String> ask(String name, Account account, ObjectNode payload) {
        Envelope question = Envelope.builder(name)
                .payload(Fields.text(payload))
                .identityId(account.given())
                .correlationId("session-" + UUID.randomUUID())
                .build();
        return client.request(question, PATIENCE)
                .recover(failure -> Future.failedFuture(unreached(name, failure)))
                .compose(response -> url(name, response));
    }

    private static ApiException unreached(String name, Throwable failure) {
        LOG.warn("the payment provider was not reached by {}: {}", name, failure.getMessage());
        return switch (failure) {
            case ApiException e
            when e.type().equals(ErrorType.NO_RESPONDERS.type()) ->
                unavailable("no worker for a payment provider listens: tell the operator to start one");
            case ApiException e
            when e.type().equals(ErrorType.TIMEOUT.type()) ->
                unavailable("the payment provider's worker did not answer in time: try again");
            case ApiException e
            when e.status() == ErrorType.FORBIDDEN.status() && e.scope().isPresent() -> {
                String scope = e.scope().get();
                LOG.error(
                        "the token of this worker needs the scope {} to ask the payment provider's worker: issue it"
                                + " again with that scope besides (bus operator token issue)",
                        scope);
                yield unavailable("the billing worker's token has no scope " + scope + ": tell the operator");
            }
            default ->
                unavailable("the payment provider's worker cannot be asked now: try again, and tell the operator");
        };
    }

    private static Future<String> url(String name, Envelope response) {
        EventError error = response.error();
        if (error != null) {
            return Future.failedFuture(ApiException.of(
                    ErrorType.BAD_GATEWAY.status(),
                    Echo.of(error.type()),
                    "the payment provider's worker says: " + Echo.of(error.message())));
        }
        Optional<String> url = page(response.payload());
        if (url.isEmpty()) {
            LOG.error("the payment provider's worker answered {} without a URL of a page", name);
            return Future.failedFuture(ApiException.of(
                    ErrorType.BAD_GATEWAY, "the payment provider's worker answered without a URL: tell the operator"));
        }
        return Future.succeededFuture(url.get());
    }

    private static Optional<String> page(String payload) {
        try {
            JsonNode url = Fields.tree(payload).path("url");
            return url.isTextual() && isPage(url.textValue()) ? Optional.of(url.textValue()) : Optional.empty();
        } catch (ApiException _) {
            return Optional.empty(); // it is the provider's payload that is bad, and no caller's
        }
    }

    /** A browser is sent there, so it is a page of the web and nothing else. */
    private static boolean isPage(String text) {
        try {
            URI uri = new URI(text);
            return text.length() <= MAX_URL_CHARS && BillingOptions.isWeb(uri) && uri.getRawUserInfo() == null;
        } catch (URISyntaxException _) {
            return false;
        }
    }

    private static ApiException unavailable(String message) {
        return ApiException.of(ErrorType.UNAVAILABLE, message);
    }
}
