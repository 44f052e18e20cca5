package com.busdk.broker.contract.harness;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;

/** An open stream of Server-Sent Events, read block by block as the HTML standard, section 9.2.6, has it. */
public final class SseStream implements AutoCloseable {
    private final Answer head;
    private final Lines lines;

    SseStream(Answer head, Lines lines) {
        this.head = head;
        this.lines = lines;
    }

    /** Status and headers; the body is empty here. */
    public Answer head() {
        return head;
    }

    /** The next block's lines, comments among them; a block ends at an empty line. */
    public List<String> block() {
        List<String> block = new ArrayList<>();
        while (true) {
            String line = lines.next();
            if (!line.isEmpty()) {
                block.add(line);
            } else if (!block.isEmpty()) {
                return block;
            }
        }
    }

    /** The next message that has data; blocks of comments are skipped. */
    public Message next() {
        while (true) {
            List<String> block = block();
            if (block.stream().anyMatch(line -> line.startsWith("data:"))) {
                return message(block);
            }
        }
    }

    /** Skips up to the message of that type. */
    public Message next(String type) {
        while (true) {
            Message message = next();
            if (message.type().equals(type)) {
                return message;
            }
        }
    }

    /** All further lines up to the end, which has to come. */
    public List<String> rest() {
        return lines.rest();
    }

    @Override
    public void close() {
        lines.close();
    }

    private static Message message(List<String> block) {
        String id = "";
        String type = "message";
        StringBuilder data = new StringBuilder();
        for (String line : block) {
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(line.startsWith(" ", colon + 1) ? colon + 2 : colon + 1);
            switch (field) {
                case "" -> {} // a comment
                case "id" -> id = value;
                case "event" -> type = value;
                case "data" -> data.append(data.isEmpty() ? "" : "\n").append(value);
                case "retry" -> {} // how long to wait before a reconnect, ours to ignore
                default -> fail("no such field in Server-Sent Events: " + line);
            }
        }
        return new Message(id, type, data.toString());
    }

    /** @param type the field {@code event} */
    public record Message(String id, String type, String data) {}
}
