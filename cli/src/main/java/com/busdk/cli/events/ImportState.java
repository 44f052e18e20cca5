package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.files.PrivateFiles;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How far an import is: what is kept beside the file, so that another run goes on there. Immutable.
 *
 * @param place how far the file was read, null for not at all; all up to there is published, or left out
 * @param moved the first and the last event that was published; null while there is none
 * @param published events that were published
 * @param leftOut events that nobody may publish
 * @param unlabelled events whose metadata had no room for their old id
 * @param movedBefore events that have the id of a hub further back in their metadata
 * @param mapBytes length of the map that belongs to it, -1 where none is written
 */
record ImportState(
        HistoryReader.@Nullable Place place,
        @Nullable Moved moved,
        long published,
        long leftOut,
        long unlabelled,
        long movedBefore,
        long mapBytes) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /**
     * Old and new ids.
     *
     * @param firstOld old id of the first event
     * @param firstNew its new id
     * @param lastOld old id of the last event
     * @param lastNew its new id
     */
    record Moved(String firstOld, String firstNew, String lastOld, String lastNew) {}

    /** Before the first event. */
    static ImportState begin(boolean withMap) {
        return new ImportState(null, null, 0, 0, 0, 0, withMap ? 0 : -1);
    }

    /**
     * Reads it.
     *
     * @return null if there is no such file
     * @throws CliException failed, when the file has something else in it
     */
    static @Nullable ImportState read(Path file) throws IOException {
        JsonNode json;
        try {
            json = MAPPER.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException _) {
            return null;
        } catch (JsonProcessingException e) {
            throw foreign(file, e);
        }
        JsonNode first = json.path("first");
        JsonNode last = json.path("last");
        try {
            return new ImportState(
                    json.path("lastId").isMissingNode()
                            ? null
                            : new HistoryReader.Place(
                                    number(json, "lines"),
                                    number(json, "bytes"),
                                    number(json, "lastAt"),
                                    text(json, "lastId")),
                    last.isMissingNode()
                            ? null
                            : new Moved(text(first, "old"), text(first, "new"), text(last, "old"), text(last, "new")),
                    number(json, "published"),
                    number(json, "leftOut"),
                    number(json, "unlabelled"),
                    number(json, "movedBefore"),
                    number(json, "mapBytes"));
        } catch (IllegalArgumentException e) {
            throw foreign(file, e);
        }
    }

    private static CliException foreign(Path file, Exception cause) {
        return new CliException(
                ExitCode.FAILED, file + " does not say how far an import is: move it away to begin anew", cause);
    }

    private static long number(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.canConvertToLong()) {
            throw new IllegalArgumentException("no " + field);
        }
        return value.asLong();
    }

    private static String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isTextual()) {
            throw new IllegalArgumentException("no " + field);
        }
        return value.asText();
    }

    /** Keeps it in a file; it is on disk when this returns. */
    void write(Path file) throws IOException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (place != null) {
            json.put("lines", place.lines())
                    .put("bytes", place.bytes())
                    .put("lastAt", place.lastAt())
                    .put("lastId", place.lastId());
        }
        if (moved != null) {
            json.putObject("first").put("old", moved.firstOld()).put("new", moved.firstNew());
            json.putObject("last").put("old", moved.lastOld()).put("new", moved.lastNew());
        }
        json.put("published", published)
                .put("leftOut", leftOut)
                .put("unlabelled", unlabelled)
                .put("movedBefore", movedBefore)
                .put("mapBytes", mapBytes);
        PrivateFiles.writeDurably(file, json + "\n");
    }
}
