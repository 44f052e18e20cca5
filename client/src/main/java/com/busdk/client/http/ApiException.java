package com.busdk.client.http;

import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A request cannot be done, in the form of the public error body {@code {"error":{"type","message",…}}}. Services throw
 * it and turn it into the answer in one place; clients get it back from an answer. It is an expected outcome and costs
 * no stack trace. Immutable: the {@code with…} methods make copies.
 *
 * <pre>{@code
 * throw ApiException.of(ErrorType.FORBIDDEN, "the token has no scope vm:read")
 *         .withScope("vm:read");
 * }</pre>
 */
public final class ApiException extends RuntimeException {
    /** Longest message in a body: a few sentences and one echo of {@link Echo#MAX_CHARS}. */
    public static final int MAX_MESSAGE_CHARS = 1_000;

    /** The code of a position that this log does not have: the id is of another log, or of the future. */
    public static final String UNKNOWN_POSITION = "unknown_position";

    private static final JsonFactory JSON = new JsonFactory();

    private final int status;
    private final String type;
    private final Details details;

    private ApiException(int status, String type, String message, Details details) {
        super(message, null, false, false);
        this.status = status;
        this.type = type;
        this.details = details;
    }

    /**
     * An error of the catalogue.
     *
     * @param error which one
     * @param message for a person, with what to do; a stranger's input in it goes through {@link Echo}
     * @return the exception
     */
    public static ApiException of(ErrorType error, String message) {
        return new ApiException(error.status(), error.type(), message, Details.NONE);
    }

    /**
     * An error as another service gave it, whether or not its word is in the catalogue.
     *
     * @param status the HTTP status
     * @param type the word
     * @param message for a person
     * @return the exception
     */
    public static ApiException of(int status, String type, String message) {
        return new ApiException(status, type, message, Details.NONE);
    }

    /**
     * With when to try again, as the header {@code Retry-After}.
     *
     * @param seconds at least 0
     * @return a copy
     */
    public ApiException withRetryAfter(int seconds) {
        Details more = details.copy();
        more.retryAfter = seconds;
        return with(more);
    }

    /**
     * With the methods that are allowed, as the header {@code Allow}.
     *
     * @param methods such as {@code GET, POST}
     * @return a copy
     */
    public ApiException withAllow(String methods) {
        Details more = details.copy();
        more.allow = methods;
        return with(more);
    }

    /**
     * With the line of a body of lines at which it went wrong.
     *
     * @param line the first line is 1
     * @param count how many before it were accepted and are durable
     * @return a copy
     */
    public ApiException withLine(long line, long count) {
        Details more = details.copy();
        more.line = line;
        more.count = count;
        return with(more);
    }

    /**
     * With the scope that is missing, and the command that gets it.
     *
     * @param scope such as {@code vm:read}
     * @return a copy
     */
    public ApiException withScope(String scope) {
        Details more = details.copy();
        more.scope = scope;
        more.command = "bus auth token --scope \"" + scope + "\"";
        return with(more);
    }

    /**
     * With a command that helps.
     *
     * @param command such as {@code bus billing setup}
     * @return a copy
     */
    public ApiException withCommand(String command) {
        Details more = details.copy();
        more.command = command;
        return with(more);
    }

    /**
     * With a word for what to do next.
     *
     * @param action such as {@code setup_billing}
     * @return a copy
     */
    public ApiException withAction(String action) {
        Details more = details.copy();
        more.action = action;
        return with(more);
    }

    /**
     * With a word for programs, where the type has several causes of which one is to be answered differently.
     *
     * @param code such as {@link #UNKNOWN_POSITION}
     * @return a copy
     */
    public ApiException withCode(String code) {
        Details more = details.copy();
        more.code = code;
        return with(more);
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
     * The word in the body.
     *
     * @return such as {@code bad_request}
     */
    public String type() {
        return type;
    }

    /**
     * The error's place in the catalogue.
     *
     * @return the error, or empty if it has a word of its own
     */
    public Optional<ErrorType> errorType() {
        return ErrorType.find(type, status);
    }

    /**
     * What went wrong, for a person.
     *
     * @return the message
     */
    public String message() {
        String message = getMessage();
        return message == null ? "" : message;
    }

    /**
     * When to try again.
     *
     * @return seconds, if known
     */
    public OptionalInt retryAfter() {
        Integer seconds = details.retryAfter;
        return seconds == null ? OptionalInt.empty() : OptionalInt.of(seconds);
    }

    /**
     * The methods that are allowed.
     *
     * @return a value for {@code Allow}, if it is about methods
     */
    public Optional<String> allow() {
        return Optional.ofNullable(details.allow);
    }

    /**
     * The line at which it went wrong.
     *
     * @return the first line is 1
     */
    public OptionalLong line() {
        return optional(details.line);
    }

    /**
     * How many lines before that were accepted and are durable.
     *
     * @return their number
     */
    public OptionalLong count() {
        return optional(details.count);
    }

    /**
     * The scope that is missing.
     *
     * @return such as {@code vm:read}
     */
    public Optional<String> scope() {
        return Optional.ofNullable(details.scope);
    }

    /**
     * A command that helps.
     *
     * @return such as {@code bus billing setup}
     */
    public Optional<String> command() {
        return Optional.ofNullable(details.command);
    }

    /**
     * A word for what to do next.
     *
     * @return such as {@code setup_billing}
     */
    public Optional<String> action() {
        return Optional.ofNullable(details.action);
    }

    /**
     * A word for programs that tells causes of one type apart.
     *
     * @return such as {@link #UNKNOWN_POSITION}
     */
    public Optional<String> code() {
        return Optional.ofNullable(details.code);
    }

    /**
     * Whether a stream was to begin at a position that the log does not have, so that it can only be read anew: the log has
     * been lost or made again, or an older one has been restored.
     *
     * @return true if the service says so
     */
    public boolean isUnknownPosition() {
        return UNKNOWN_POSITION.equals(details.code);
    }

    /**
     * The body of the answer: control characters are gone from the texts and their lengths are bounded, whatever went
     * into them.
     *
     * @return JSON in UTF-8
     */
    public byte[] toJsonBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(128 + message().length());
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeObjectFieldStart("error");
            json.writeStringField("type", Echo.of(type));
            json.writeStringField("message", Echo.clean(message(), MAX_MESSAGE_CHARS));
            number(json, "line", details.line);
            number(json, "count", details.count);
            text(json, "scope", details.scope);
            text(json, "action", details.action);
            text(json, "command", details.command);
            text(json, "code", details.code);
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /**
     * Reads the error out of an answer, whatever it is: what is not an error body gets the word of its status.
     *
     * @param status the HTTP status
     * @param body the answer's body
     * @param retryAfter the header {@code Retry-After}, or null
     * @return the exception
     */
    public static ApiException parse(int status, byte[] body, @Nullable String retryAfter) {
        return ErrorBody.read(status, body, retryAfter);
    }

    private ApiException with(Details other) {
        return new ApiException(status, type, message(), other);
    }

    private static OptionalLong optional(@Nullable Long value) {
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private static void number(JsonGenerator json, String field, @Nullable Long value) throws IOException {
        if (value != null) {
            json.writeNumberField(field, value.longValue());
        }
    }

    private static void text(JsonGenerator json, String field, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(field, Echo.of(value));
        }
    }

    /** What an error may have besides type and message. Filled before it is given to an exception, never after. */
    private static final class Details {
        private static final Details NONE = new Details();

        private @Nullable Integer retryAfter;
        private @Nullable String allow;
        private @Nullable Long line;
        private @Nullable Long count;
        private @Nullable String scope;
        private @Nullable String command;
        private @Nullable String action;
        private @Nullable String code;

        private Details copy() {
            Details copy = new Details();
            copy.retryAfter = retryAfter;
            copy.allow = allow;
            copy.line = line;
            copy.count = count;
            copy.scope = scope;
            copy.command = command;
            copy.action = action;
            copy.code = code;
            return copy;
        }
    }
}
