package com.busdk.gateway.requests;

import com.busdk.client.auth.TokenException;
import com.busdk.client.config.GoDuration;
import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.events.UnreachableException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the failure of an event means to a caller of the HTTP API. What is the fault of this service or of those behind it
 * says so, and its details are in the log only. Stateless, any thread.
 */
public final class Replies {
    private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int TOO_LARGE = 413;
    private static final int TOO_MANY = 429;
    private static final int UNAVAILABLE = 503;
    private static final int RETRY_SECONDS = 1;

    private Replies() {}

    /**
     * The events service did not do it.
     *
     * @param failure of its client
     * @param question what was asked
     * @return {@code unavailable}, as a rule
     */
    static ApiException ofHub(Throwable failure, Question question) {
        return ofHub(failure, question.name(), GoDuration.format(question.timeout()));
    }

    /**
     * The events service did not take an event.
     *
     * @param failure of its client
     * @param name of the event
     * @return {@code unavailable}, as a rule
     */
    public static ApiException ofPublish(Throwable failure, String name) {
        return ofHub(failure, name, "the time allowed");
    }

    private static ApiException ofHub(Throwable failure, String name, String timeout) {
        return switch (failure) {
            case ApiException e
            when e.type().equals(ErrorType.NO_RESPONDERS.type()) ->
                unavailable("no worker listens to " + name + ": start one, and try again");
            case ApiException e
            when e.type().equals(ErrorType.TIMEOUT.type()) ->
                unavailable("no worker answered " + name + " within " + timeout);
            case ApiException e
            when e.status() == UNAUTHORIZED || e.status() == FORBIDDEN -> {
                LOG.error("the events service refuses this provider's token for {}: {}", name, e.message());
                yield unavailable("the service may not ask for " + name + ": its operator has to renew its token");
            }
            case ApiException e
            when e.status() == TOO_LARGE ->
                ApiException.of(ErrorType.PAYLOAD_TOO_LARGE, "the request is larger than an event may be");
            case ApiException e
            when e.status() == TOO_MANY || e.status() == UNAVAILABLE ->
                unavailable("the events service is not available: try again")
                        .withRetryAfter(e.retryAfter().orElse(RETRY_SECONDS));
            case ApiException e -> {
                LOG.error("the events service answered {} with {}: {}", name, e.type(), e.message());
                yield ApiException.of(ErrorType.BAD_GATEWAY, "the events service answered what it must not");
            }
            case UnreachableException e -> {
                LOG.warn("the events service cannot be reached for {}: {}", name, e.getMessage());
                yield unavailable("the events service cannot be reached: try again");
            }
            case TokenException e -> {
                LOG.error("there is no token for {}: {}", name, e.getMessage());
                yield unavailable("the service has no token to ask for " + name + ": its operator has to renew it");
            }
            default -> {
                LOG.error("asking for {} failed", name, failure);
                yield ApiException.of(
                        ErrorType.INTERNAL, "the service failed to do this: try again, and tell its operator");
            }
        };
    }

    /**
     * What a worker's response says.
     *
     * @param name of the request
     * @param owner for whom it was asked
     * @param response correlated to the request
     * @param patiently whether the question was one that may take long ({@link Requests#askPatiently})
     * @return the payload
     * @throws ApiException fit for the caller, if the worker failed, or the response is not the owner's or no object
     */
    public static ObjectNode payload(String name, String owner, Envelope response, boolean patiently) {
        EventError error = response.error();
        if (error != null) {
            throw ofWorker(error, patiently);
        }
        if (!owner.equals(response.identityId())) {
            LOG.error(
                    "the response to {} {} belongs to another identity than the request: nobody gets it",
                    name,
                    response.correlationId());
            throw anothers();
        }
        return Json.payload(response.payload()).orElseThrow(() -> malformed(name));
    }

    /**
     * A worker says that it failed.
     *
     * @param error as its response has it
     * @param patiently whether the question was one that may take long: only there is a {@code timeout} the caller's own,
     *     504. Else the worker has not done in time what the time-out of a request allows, which is {@code unavailable}
     *     whether it says so itself or says nothing at all
     * @return with the worker's message
     */
    static ApiException ofWorker(EventError error, boolean patiently) {
        String type = Echo.of(error.type());
        String message = error.message().isBlank() ? "the worker says " + type : Echo.of(error.message());
        return switch (error.type()) {
            case "bad_request" -> ApiException.of(ErrorType.BAD_REQUEST, message);
            case "not_found" -> ApiException.of(ErrorType.NOT_FOUND, message);
            case "conflict" -> ApiException.of(ErrorType.CONFLICT, message);
            case "cancelled" -> ApiException.of(ErrorType.CONFLICT.status(), "cancelled", message);
            case "forbidden", "insufficient_access" -> ApiException.of(ErrorType.INSUFFICIENT_ACCESS, message);
            case "billing_required" -> ApiException.of(ErrorType.BILLING_REQUIRED, message);
            case "quota_exceeded" -> ApiException.of(ErrorType.QUOTA_EXCEEDED, message);
            case "timeout" -> patiently ? ApiException.of(ErrorType.TIMEOUT, message) : unavailable(message);
            case "unavailable", "vm_unavailable", "runner_unavailable", "no_responders" -> unavailable(message);
            default -> ApiException.of(ErrorType.BAD_GATEWAY, type + ": " + message);
        };
    }

    /**
     * A response does not have the shape that it should.
     *
     * @param name of the request
     * @return {@code bad_gateway}
     */
    public static ApiException malformed(String name) {
        LOG.error("a worker answered {} in another shape than the contract has", name);
        return ApiException.of(
                ErrorType.BAD_GATEWAY, "the worker's answer to " + name + " does not have the shape it should");
    }

    /**
     * A response names another owner. The caller of this has logged it.
     *
     * @return {@code insufficient_access}
     */
    public static ApiException anothers() {
        return ApiException.of(
                ErrorType.INSUFFICIENT_ACCESS, "the worker's answer belongs to another account, and is not shown");
    }

    private static ApiException unavailable(String message) {
        return ApiException.of(ErrorType.UNAVAILABLE, message).withRetryAfter(RETRY_SECONDS);
    }
}
