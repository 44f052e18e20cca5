package com.busdk.client.http;

import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the public error body. What a proxy in between writes instead of it becomes an error of its status. */
final class ErrorBody {
    private static final JsonFactory JSON = new JsonFactory();

    private ErrorBody() {}

    static ApiException read(int status, byte[] body, @Nullable String retryAfter) {
        Map<String, String> fields = fields(body);
        String type = fields.getOrDefault("type", "");
        String message = Echo.clean(fields.getOrDefault("message", ""), ApiException.MAX_MESSAGE_CHARS);
        if (type.isBlank()) {
            type = ErrorType.ofStatus(status).map(ErrorType::type).orElse("http_" + status);
        }
        ApiException e = ApiException.of(
                status, Echo.of(type), message.isBlank() ? "the service answered with status " + status : message);
        String scope = fields.get("scope");
        if (scope != null) {
            e = e.withScope(scope);
        }
        String command = fields.get("command");
        if (command != null) {
            e = e.withCommand(command);
        }
        String action = fields.get("action");
        if (action != null) {
            e = e.withAction(action);
        }
        String code = fields.get("code");
        if (code != null) {
            e = e.withCode(code);
        }
        Optional<Long> line = number(fields.get("line"));
        if (line.isPresent()) {
            e = e.withLine(line.get(), number(fields.get("count")).orElse(0L));
        }
        Optional<Long> seconds = number(retryAfter);
        return seconds.isPresent() ? e.withRetryAfter((int) Math.min(seconds.get(), Integer.MAX_VALUE)) : e;
    }

    /** The scalar fields of the object {@code error}; none if the body is something else. */
    private static Map<String, String> fields(byte[] body) {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return fields;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean error = parser.currentName().equals("error");
                JsonToken value = parser.nextToken();
                if (error && value == JsonToken.START_OBJECT) {
                    scalars(parser, fields);
                } else {
                    parser.skipChildren();
                }
            }
        } catch (IOException e) {
            return fields; // not JSON, or cut off: what was read until then still helps
        }
        return fields;
    }

    private static void scalars(JsonParser parser, Map<String, String> fields) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (value.isStructStart()) {
                parser.skipChildren();
            } else if (value != JsonToken.VALUE_NULL) {
                fields.put(field, parser.getText());
            }
        }
    }

    private static Optional<Long> number(@Nullable String text) {
        try {
            return text == null ? Optional.empty() : Optional.of(Math.max(0, Long.parseLong(text.strip())));
        } catch (NumberFormatException e) {
            return Optional.empty(); // Retry-After may also be a date, which this service never sends
        }
    }
}
