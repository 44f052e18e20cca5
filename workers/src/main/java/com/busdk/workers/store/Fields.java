package com.busdk.workers.store;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A payload, field by field. A field that is absent and one that is null are the same; unknown fields are passed over, so
 * that a newer caller can talk to an older worker. What is wrong is a {@code bad_request} that names the field. Immutable.
 *
 * <pre>{@code
 * Fields fields = Fields.of(request);
 * String id = fields.word("event_id", Fields.MAX_ID_CHARS).orElse(request.id());
 * }</pre>
 */
public final class Fields {
    /** Longest id of an event or account: with what is put before it, it still fits into a hub's key of 255 bytes. */
    public static final int MAX_ID_CHARS = 240;

    /** Longest name of a feature, meter or plan. */
    public static final int MAX_NAME_CHARS = 80;

    /** What is printed and takes one byte for each character, so that ids can be logged, compared and put into keys. */
    private static final Pattern PRINTABLE = Pattern.compile("[!-~]+");

    /** The same, with spaces between. */
    private static final Pattern PRINTABLE_WITH_SPACES = Pattern.compile("[ -~]*[!-~][ -~]*");

    private static final Pattern UUID =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    /** Numbers stay as they were written, and what PostgreSQL or UTF-8 cannot hold becomes an escape. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build();

    private final ObjectNode payload;

    private Fields(ObjectNode payload) {
        this.payload = payload;
    }

    /**
     * The fields of an event's payload.
     *
     * @param event its payload is an object; {@code null}, as of an event without one, is an object without fields
     * @return the fields
     * @throws ApiException {@code bad_request} if it is something else, or has a field twice
     */
    public static Fields of(Envelope event) {
        JsonNode node = tree(event.payload());
        if (node.isNull()) {
            return new Fields(JsonNodeFactory.instance.objectNode());
        }
        if (!(node instanceof ObjectNode object)) {
            throw bad("payload is not an object, which " + event.name() + " takes");
        }
        return new Fields(object);
    }

    /**
     * JSON as a tree that keeps numbers as they are.
     *
     * @param json one value
     * @return the tree
     * @throws ApiException {@code bad_request} if it is no JSON, or an object in it has a name twice
     */
    public static JsonNode tree(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw bad("payload cannot be read: " + Echo.of(e.getOriginalMessage()));
        }
    }

    /**
     * A tree as text in ASCII, on one line.
     *
     * @param tree any tree
     * @return its JSON
     */
    public static String text(JsonNode tree) {
        try {
            return MAPPER.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can be written", e);
        }
    }

    /**
     * An empty object, to be filled.
     *
     * @return a new one
     */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /**
     * A field that is a text.
     *
     * @param name the field
     * @return its text, which may be anything; empty if it is absent
     */
    public Optional<String> text(String name) {
        JsonNode node = payload.path(name);
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        if (!node.isTextual()) {
            throw bad(name + " is not a text");
        }
        return Optional.of(node.textValue());
    }

    /**
     * A field that is a word: printable ASCII without spaces.
     *
     * @param name the field
     * @param maxChars longest that is taken
     * @return the word; empty if it is absent
     */
    public Optional<String> word(String name, int maxChars) {
        Optional<String> text = text(name);
        text.ifPresent(word -> checkWord(name, word, maxChars));
        return text;
    }

    /**
     * A field that is somebody else's id of an event: printable ASCII, in which there may be spaces.
     *
     * @param name the field
     * @return the id, of at most {@link #MAX_ID_CHARS} characters; empty if it is absent
     */
    public Optional<String> id(String name) {
        Optional<String> text = text(name);
        text.ifPresent(id -> {
            if (id.length() > MAX_ID_CHARS || !PRINTABLE_WITH_SPACES.matcher(id).matches()) {
                throw bad(name + " is not an id of 1 to " + MAX_ID_CHARS + " printable ASCII characters");
            }
        });
        return text;
    }

    /**
     * A field that has to be there and is a word.
     *
     * @param name the field
     * @param maxChars longest that is taken
     * @return the word
     */
    public String requiredWord(String name, int maxChars) {
        return word(name, maxChars).orElseThrow(() -> missing(name));
    }

    /**
     * A field that is a UUID.
     *
     * @param name the field
     * @return it in lower case; empty if it is absent
     */
    public Optional<String> uuid(String name) {
        Optional<String> text = text(name);
        if (text.isPresent() && !isUuid(text.get())) {
            throw bad(name + " is not a UUID");
        }
        return text.map(Fields::lower);
    }

    /**
     * A field that is a time.
     *
     * @param name the field
     * @return it to the microsecond; empty if it is absent
     */
    public Optional<Instant> time(String name) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Instant time = OffsetDateTime.parse(text.get()).toInstant();
            if (!time.isBefore(Times.MIN) && !time.isAfter(Times.MAX)) {
                return Optional.of(Times.kept(time));
            }
        } catch (DateTimeException _) {
            // said below
        }
        throw bad(name + " is not a time from 1970 on: write one such as 2026-01-31T12:00:00Z");
    }

    /**
     * A field that is a whole number.
     *
     * @param name the field
     * @param min smallest that is taken
     * @param max largest that is taken
     * @return the number; empty if it is absent
     */
    public Optional<Long> whole(String name, long min, long max) {
        JsonNode node = payload.path(name);
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        // Not canConvertToLong alone: it would take 1.5.
        if (node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= min && node.longValue() <= max) {
            return Optional.of(node.longValue());
        }
        throw bad(name + " is not a whole number from " + min + " to " + max);
    }

    /**
     * A field that has to be there and is a whole number.
     *
     * @param name the field
     * @param min smallest that is taken
     * @param max largest that is taken
     * @return the number
     */
    public long requiredWhole(String name, long min, long max) {
        return whole(name, min, max).orElseThrow(() -> missing(name));
    }

    /**
     * A field that is a list of words, each once.
     *
     * @param name the field
     * @param maxItems most that are taken
     * @return the words in their order, without repeats; empty if it is absent
     */
    public List<String> words(String name, int maxItems) {
        JsonNode node = payload.path(name);
        if (node.isMissingNode() || node.isNull()) {
            return List.of();
        }
        if (!node.isArray() || node.size() > maxItems) {
            throw bad(name + " is not a list of at most " + maxItems + " words");
        }
        List<String> words = new ArrayList<>();
        for (JsonNode item : node) {
            if (!item.isTextual()) {
                throw bad(name + " has an item that is not a text");
            }
            checkWord(name, item.textValue(), MAX_NAME_CHARS);
            if (!words.contains(item.textValue())) {
                words.add(item.textValue());
            }
        }
        return List.copyOf(words);
    }

    /**
     * A field that is an object.
     *
     * @param name the field
     * @return the object; an empty one if it is absent
     */
    public ObjectNode object(String name) {
        JsonNode node = payload.path(name);
        if (node.isMissingNode() || node.isNull()) {
            return object();
        }
        if (!(node instanceof ObjectNode object)) {
            throw bad(name + " is not an object");
        }
        return object;
    }

    /**
     * Tells whether a text is a UUID.
     *
     * @param text any text
     * @return true for the usual form, in either case
     */
    public static boolean isUuid(String text) {
        return UUID.matcher(text).matches();
    }

    /** Like {@link String#toLowerCase}, for UUIDs. */
    private static String lower(String uuid) {
        return uuid.toLowerCase(Locale.ROOT);
    }

    /**
     * A payload that cannot be taken.
     *
     * @param message what is wrong
     * @return {@code bad_request}
     */
    public static ApiException bad(String message) {
        return ApiException.of(ErrorType.BAD_REQUEST, message);
    }

    private static ApiException missing(String name) {
        return bad(name + " is missing");
    }

    private static void checkWord(String name, String word, int maxChars) {
        if (word.length() > maxChars || !PRINTABLE.matcher(word).matches()) {
            throw bad(name + " is not a word of 1 to " + maxChars + " printable ASCII characters");
        }
    }
}
