package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.AnswerParser;
import com.busdk.cli.bench.Trouble;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** HTTP/1.1, as far as the load generator needs it: good answers one after the other, anything else is a failure. */
abstract class HttpConversation extends Conversation {
    /** As much of an error as is worth showing. */
    private static final int MAX_ERROR_BYTES = 2_048;

    private static final int FIRST_ERROR_STATUS = 300;

    private final AnswerParser parser = new AnswerParser(new Parts());
    private final StringBuilder error = new StringBuilder();
    private int status;

    /** The head of a good answer has come. */
    void answering() {}

    /** Some of the body of a good answer; the buffer is the caller's. */
    void body(ByteBuf buffer, int from, int length) {}

    /** A good answer is complete. */
    abstract void answered();

    @Override
    void read(ByteBuf buffer) {
        parser.parse(buffer);
    }

    private final class Parts implements AnswerParser.Parts {
        @Override
        public void head(int found) {
            status = found;
            if (found < FIRST_ERROR_STATUS) {
                answering();
            }
        }

        @Override
        public void body(ByteBuf buffer, int from, int length) {
            if (status < FIRST_ERROR_STATUS) {
                HttpConversation.this.body(buffer, from, length);
            } else {
                int room = Math.min(length, MAX_ERROR_BYTES - error.length());
                error.append(buffer.toString(from, room, StandardCharsets.UTF_8));
            }
        }

        @Override
        public void end() {
            if (status >= FIRST_ERROR_STATUS) {
                throw Trouble.refused(status, error.toString());
            }
            answered();
        }
    }
}
