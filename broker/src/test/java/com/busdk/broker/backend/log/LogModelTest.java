package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The log against lists, with random operations: each number of a script is an operation and its parameters. */
class LogModelTest {
    private static final Limits SMALL = new Limits(12_000, 40, 4_096, 300);

    @Property(tries = 300)
    void shouldBeAListThatIsKept(@ForAll @Size(max = 250) List<@IntRange Integer> script) throws Exception {
        run(new LogModel(LogModel.options(), SMALL, new FaultyFiles()), script);
    }

    @Property(tries = 150)
    void shouldBeAListWithoutItsOldestWhereThoseAreDropped(
            @ForAll @Size(max = 250) List<@IntRange Integer> script, @ForAll @IntRange(max = 2) int limit)
            throws Exception {
        LogOptions options = new LogOptions(
                new FlushPolicy.Always(),
                LogOptions.MIN_SEGMENT_BYTES,
                limit == 0 ? Duration.ofSeconds(3) : Duration.ZERO,
                limit == 1 ? 30_000 : 0,
                limit == 2 ? 50 : 0,
                Duration.ofDays(1));
        run(new LogModel(options, SMALL, new FaultyFiles()), script);
    }

    @Property(tries = 150)
    void shouldTakeWritesThatTheDiskTakesInPieces(@ForAll @Size(max = 100) List<@IntRange Integer> script)
            throws Exception {
        FaultyFiles files = new FaultyFiles();
        files.largestWrite(37);
        run(new LogModel(LogModel.options(), SMALL, files), script);
    }

    private static void run(LogModel model, List<Integer> script) throws Exception {
        for (int number : script) {
            Random random = new Random(number);
            step(model, random, random.nextInt(100));
        }
        model.reopen();
        model.readAll(new Random(0));
        model.log().close();
        assertEquals(0, model.files().openMappings());
    }

    private static void step(LogModel model, Random random, int kind) throws Exception {
        if (kind < 40) {
            for (int i = random.nextInt(30); i >= 0; i--) {
                model.append(random);
            }
            if (random.nextInt(4) != 0) {
                model.commit();
            }
        } else if (kind < 50) {
            model.appendInternal(random);
        } else if (kind < 55) {
            model.commit();
        } else if (kind < 58) {
            model.rollback();
        } else if (kind < 68) {
            model.readAll(random);
        } else if (kind < 80) {
            model.readOn(random);
        } else if (kind < 85) {
            model.countAndName(random);
        } else if (kind < 89) {
            model.findTime(random);
        } else if (kind < 93) {
            model.tick(random);
        } else {
            restart(model, random);
        }
    }

    private static void restart(LogModel model, Random random) {
        switch (random.nextInt(3)) {
            case 0 -> model.reopen();
            case 1 -> model.kill();
            default -> model.losePower(random);
        }
    }
}
