package com.busdk.client.http;

import java.util.Arrays;
import java.util.Optional;

/** The catalogue of public errors: a stable word and its HTTP status. Words never change; add, do not rename. */
public enum ErrorType {
    /** Bad JSON, name, parameter, duration or group. */
    BAD_REQUEST("bad_request", 400),
    /** No, expired, wrongly signed or wrong-audience token. */
    INVALID_AUTH("invalid_auth", 401),
    /** The account has to be set up for billing first. */
    BILLING_REQUIRED("billing_required", 402),
    /** The plan's quota is used up. */
    QUOTA_EXCEEDED("quota_exceeded", 402),
    /** The token lacks a scope of the Events API. */
    FORBIDDEN("forbidden", 403),
    /** The token lacks a scope of a domain API. */
    INSUFFICIENT_ACCESS("insufficient_access", 403),
    /** No such path, event, group or run. */
    NOT_FOUND("not_found", 404),
    /** The path has other methods; {@code Allow} names them. */
    METHOD_NOT_ALLOWED("method_not_allowed", 405),
    /** Nothing that the client accepts can be given. */
    NOT_ACCEPTABLE("not_acceptable", 406),
    /** The state of things does not allow it now. */
    CONFLICT("conflict", 409),
    /** The event or body is over the limit. */
    PAYLOAD_TOO_LARGE("payload_too_large", 413),
    /** The body is of a type that the path does not take. */
    UNSUPPORTED_MEDIA_TYPE("unsupported_media_type", 415),
    /** The request's headers are over the limit; the same word as any bad request, the status tells. */
    HEADERS_TOO_LARGE("bad_request", 431),
    /** Too many requests; {@code Retry-After} says when to come again. */
    RATE_LIMITED("rate_limited", 429),
    /** A fault of the service. */
    INTERNAL("internal", 500),
    /** A service behind this one answered what it must not. */
    BAD_GATEWAY("bad_gateway", 502),
    /** Shutting down, disk full, backend lost; {@code Retry-After} says when to come again. */
    UNAVAILABLE("unavailable", 503),
    /** Nobody listens who could answer the request. */
    NO_RESPONDERS("no_responders", 503),
    /** Nobody answered in time. */
    TIMEOUT("timeout", 504);

    private final String type;
    private final int status;

    ErrorType(String type, int status) {
        this.type = type;
        this.status = status;
    }

    /**
     * The word in the body.
     *
     * @return such as {@code bad_request}
     */
    public String type() {
        return type;
    }

    /**
     * The HTTP status.
     *
     * @return 400 to 599
     */
    public int status() {
        return status;
    }

    /**
     * Finds an error of the catalogue.
     *
     * @param type the word
     * @param status the HTTP status
     * @return the error, or empty if the catalogue has no such pair
     */
    public static Optional<ErrorType> find(String type, int status) {
        return Arrays.stream(values())
                .filter(error -> error.status == status && error.type.equals(type))
                .findFirst();
    }

    /**
     * The catalogue's first error of a status.
     *
     * @param status the HTTP status
     * @return the error, or empty if the catalogue has none with that status
     */
    public static Optional<ErrorType> ofStatus(int status) {
        return Arrays.stream(values()).filter(error -> error.status == status).findFirst();
    }
}
