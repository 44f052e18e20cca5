package com.busdk.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

@SuppressWarnings("StringConcatToTextBlock") // the line ends of HTTP stand out as they are
class AnswerParserTest {
    private static final String PLAIN =
            "HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\nContent-Length: 5\r\n\r\nhello";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "1A;name=value\r\nabcdefghijklmnopqrstuvwxyz\r\n2\r\n\r\n\r\n0\r\nTrailer: 1\r\n\r\n";
    private static final String EMPTY = "HTTP/1.1 204 No Content\r\n\r\n";
    private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

    /** What a parser found, as text. */
    private static final class Found implements AnswerParser.Parts {
        private final List<String> answers = new ArrayList<>();
        private final StringBuilder body = new StringBuilder();
        private int status;

        @Override
        public void head(int answerStatus) {
            status = answerStatus;
        }

        @Override
        public void body(ByteBuf buffer, int from, int length) {
            body.append(buffer.toString(from, length, StandardCharsets.US_ASCII));
        }

        @Override
        public void end() {
            answers.add(status + " " + body);
            body.setLength(0);
        }
    }

    @Property(tries = 300)
    void shouldFindTheSamePartsWhereverTheBytesAreCut(
            @ForAll @Size(max = 12) List<@IntRange(min = 1, max = 40) Integer> cuts) {
        var found = new Found();
        var parser = new AnswerParser(found);
        ByteBuf all = bytes(PLAIN + CONTINUE + CHUNKED + EMPTY + PLAIN);
        for (int cut : cuts) {
            parser.parse(all.readSlice(Math.min(cut, all.readableBytes())));
        }
        parser.parse(all);
        assertEquals(List.of("202 hello", "200 abcdefghijklmnopqrstuvwxyz\r\n", "204 ", "202 hello"), found.answers);
    }

    @Test
    void shouldRefuseWhatIsNotHttp() {
        var parser = new AnswerParser(new Found());
        assertThrows(CliException.class, () -> parser.parse(bytes("SSH-2.0-something\r\n\r\n")));
    }

    @Test
    void shouldRefuseAnAnswerWithoutAnEnd() {
        var parser = new AnswerParser(new Found());
        assertThrows(CliException.class, () -> parser.parse(bytes("HTTP/1.1 200 OK\r\n\r\nhello")));
    }

    @Test
    void shouldRefuseAChunkWithoutASize() {
        var parser = new AnswerParser(new Found());
        String head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assertThrows(CliException.class, () -> parser.parse(bytes(head + "\r\nhello")));
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }
}
