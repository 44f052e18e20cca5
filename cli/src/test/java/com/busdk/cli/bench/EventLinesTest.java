package com.busdk.cli.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.client.event.Envelope;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventLinesTest {
    @Test
    void shouldMakeEnvelopesOfTheSizeAskedForWhateverTheirName() {
        var lines = new EventLines(EventLines.names("example.bench", 12), 200);
        for (int i = 0; i < lines.variety(); i++) {
            byte[] line = lines.line(i);
            assertEquals(201, line.length);
            assertEquals('\n', line[200]);
            assertEquals(
                    "example.bench.n" + i,
                    Envelope.parse(Arrays.copyOf(line, 200)).name());
        }
    }

    @Test
    void shouldCarryANumberToTheListener() {
        var lines = new EventLines(List.of("example.bench"), 120);
        byte[] room = new byte[7 + lines.lineBytes()];
        lines.write(0, 9_876_543_210L, room, 7);
        assertEquals(9_876_543_210L, EventLines.number(room, 0, room.length));
        assertEquals(0, EventLines.number(lines.line(0), 0, lines.lineBytes()));
        assertEquals(-1, EventLines.number(new byte[100], 0, 100));
    }

    @Test
    void shouldNotChangeTheLineThatIsCopied() {
        var lines = new EventLines(List.of("example.bench"), 120);
        byte[] before = lines.line(0).clone();
        lines.write(0, 77, new byte[lines.lineBytes()], 0);
        assertArrayEquals(before, lines.line(0));
    }

    @Test
    void shouldSayHowLargeAnEventHasToBe() {
        var failure = assertThrows(CliException.class, () -> new EventLines(List.of("example.bench"), 10));
        assertEquals(ExitCode.USAGE, failure.exitCode());
        int least = Integer.parseInt(failure.text().replaceAll("\\D", ""));
        assertEquals(least + 1, new EventLines(List.of("example.bench"), least).lineBytes());
    }
}
