package com.busdk.workers.store;

import com.busdk.client.config.ConfigException;
import com.busdk.client.identity.BoundedFile;
import com.busdk.client.identity.StrictJson;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * An object of a configuration file in JSON. Nothing is passed over: what is unknown, missing or of the wrong kind is an
 * error that says where it stands, so that a slip of the pen stops the start and not a customer. A field {@code comment}
 * may stand anywhere. Immutable.
 */
public final class ConfigNode {
    /** More than any list of plans or rules; what is larger is another file. */
    private static final int MAX_BYTES = 1 << 20;

    /** Most items of a list. */
    private static final int MAX_ITEMS = 10_000;

    private static final String COMMENT = "comment";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final String place;
    private final JsonNode object;

    private ConfigNode(String place, JsonNode object, Set<String> fields) {
        this.place = place;
        this.object = object;
        if (!object.isObject()) {
            throw wrong("", "is not an object");
        }
        Set<String> known = new HashSet<>(fields);
        known.add(COMMENT);
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                throw wrong(
                        "",
                        "has a field " + Echo.quote(name) + " that is not known: write "
                                + String.join(", ", fields.stream().sorted().toList()));
            }
        }
    }

    /**
     * Reads a file. Blocks: for the start.
     *
     * @param <T> what it becomes
     * @param option names the file in messages, such as {@code --quota-config}
     * @param file at most 1 MiB of JSON in UTF-8
     * @param fields what its outermost object may have
     * @param reader makes something of it; its IllegalArgumentException says what is wrong
     * @return what the reader made
     * @throws ConfigException if it cannot be read or anything is wrong; the message names file, place and problem
     */
    public static <T> T read(String option, Path file, Set<String> fields, Function<ConfigNode, T> reader) {
        try {
            return reader.apply(new ConfigNode("", tree(BoundedFile.read(file, MAX_BYTES)), fields));
        } catch (JsonProcessingException e) {
            throw new ConfigException(
                    option,
                    file + ": is not JSON: " + Echo.of(e.getOriginalMessage()) + " in line "
                            + e.getLocation().getLineNr());
        } catch (CharacterCodingException e) {
            throw new ConfigException(option, file + ": is not UTF-8");
        } catch (IOException e) {
            throw new ConfigException(option, file + ": " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new ConfigException(option, file + ": " + e.getMessage());
        }
    }

    private static JsonNode tree(byte[] json) throws IOException {
        try (JsonParser parser = StrictJson.parser(json)) {
            JsonNode tree = MAPPER.readTree(parser);
            if (tree == null) {
                throw new IllegalArgumentException("is empty");
            }
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("goes on after its end");
            }
            return tree;
        }
    }

    /**
     * A list of objects.
     *
     * @param name the field, which has to be there
     * @param fields what each of them may have
     * @return the objects, at most 10,000
     */
    public List<ConfigNode> list(String name, Set<String> fields) {
        JsonNode list = object.path(name);
        if (!list.isArray() || list.size() > MAX_ITEMS) {
            throw wrong(name, list.isMissingNode() ? "is missing" : "is not a list of at most " + MAX_ITEMS);
        }
        List<ConfigNode> nodes = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            nodes.add(new ConfigNode(path(name) + "[" + i + "]", list.get(i), fields));
        }
        return nodes;
    }

    /**
     * A name: printable ASCII without spaces.
     *
     * @param name the field, which has to be there
     * @return 1 to {@link Fields#MAX_NAME_CHARS} characters
     */
    public String name(String name) {
        return optionalName(name).orElseThrow(() -> wrong(name, "is missing"));
    }

    /**
     * A name that need not be there.
     *
     * @param name the field
     * @return as {@link #name}, or empty
     */
    public Optional<String> optionalName(String name) {
        JsonNode node = object.path(name);
        if (node.isMissingNode()) {
            return Optional.empty();
        }
        String text = node.isTextual() ? node.textValue() : "";
        if (text.isEmpty()
                || text.length() > Fields.MAX_NAME_CHARS
                || text.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw wrong(
                    name, "is not a name of 1 to " + Fields.MAX_NAME_CHARS + " printable characters without spaces");
        }
        return Optional.of(text);
    }

    /**
     * A whole number above zero.
     *
     * @param name the field, which has to be there
     * @param max largest that is taken
     * @return 1 to that
     */
    public long positive(String name, long max) {
        return optionalPositive(name, max).orElseThrow(() -> wrong(name, "is missing"));
    }

    /**
     * A whole number above zero that need not be there.
     *
     * @param name the field
     * @param max largest that is taken
     * @return as {@link #positive}, or empty
     */
    public Optional<Long> optionalPositive(String name, long max) {
        JsonNode node = object.path(name);
        if (node.isMissingNode()) {
            return Optional.empty();
        }
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 1 || node.longValue() > max) {
            throw wrong(name, "is not a whole number from 1 to " + max);
        }
        return Optional.of(node.longValue());
    }

    /**
     * Something that is wrong here.
     *
     * @param name the field, or empty for the object itself
     * @param what goes on from it, such as {@code is missing}
     * @return with the place in the file
     */
    public IllegalArgumentException wrong(String name, String what) {
        String at = path(name);
        return new IllegalArgumentException((at.isEmpty() ? "" : at + " ") + what);
    }

    private String path(String name) {
        return name.isEmpty() ? place : place.isEmpty() ? name : place + "." + name;
    }
}
