package com.busdk.cli.events;

import com.busdk.broker.backend.EventId;
import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Progress;
import com.busdk.client.config.GoDuration;
import com.busdk.client.events.BatchReceipt;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.events.UnreachableException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Publishes a history, one batch after the other. What has become of a batch is noted before the next one is sent, in an
 * order that survives a crash: first the service has it on disk, then the map, then the note. So what a crash can leave
 * behind is one batch that is published and not noted; the next run looks for it, and its idempotency keys are the same.
 * Lives on the command's thread.
 */
final class Importer implements AutoCloseable {
    /** What the hub publishes itself, and takes from nobody. */
    private static final String DEAD_LETTER = "bus.events.dead_letter";

    /** A flush of the service and two here for each so many cost little beside them, and so many may have to be looked for. */
    private static final int MAX_BATCH = 500;

    /** A batch of large events is sent when it has so many bytes. */
    private static final long MAX_BATCH_BYTES = 1024 * 1024;

    /**
     * A batch whose outcome is not known is not sent again later than this without a look at what of it is there: services
     * forget idempotency keys after ten minutes, unless they were told otherwise, and then it would be there twice.
     */
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);

    private static final int REQUEST_TIMEOUT = 408;
    private static final int TOO_MANY_REQUESTS = 429;

    private final Invocation invocation;
    private final EventsSession session;
    private final Path file;
    private final Path noted;
    private final HistoryReader reader;
    private final @Nullable IdMap map;
    private final boolean resumed;
    private ImportState state;

    private Duration lookAgain = LOOK_AGAIN;

    /** The service has answered once: then it is waited for when it is gone. */
    private boolean answered;

    /** The token has the right to listen to what was imported, as far as anybody knows. */
    private boolean mayLook = true;

    private Importer(
            Invocation invocation,
            EventsSession session,
            Path file,
            Path noted,
            HistoryReader reader,
            @Nullable IdMap map,
            boolean resumed,
            ImportState state) {
        this.invocation = invocation;
        this.session = session;
        this.file = file;
        this.noted = noted;
        this.reader = reader;
        this.map = map;
        this.resumed = resumed;
        this.state = state;
    }

    /**
     * Opens the files.
     *
     * @param noted where it is kept how far the import is
     * @param mapFile takes old and new ids, or null
     * @param before how far an import of this file was; null for not begun
     */
    static Importer open(
            Invocation invocation,
            EventsSession session,
            Path file,
            Path noted,
            @Nullable Path mapFile,
            @Nullable ImportState before)
            throws IOException {
        ImportState begun = before == null || before.place() == null ? null : before;
        if (begun != null && begun.mapBytes() < 0 != (mapFile == null)) {
            throw CliException.failed(
                    mapFile == null
                            ? "this import was begun with --map: give it again, or the map would end here"
                            : "this import was begun without --map, and the map would lack its first events: leave it"
                                    + " out");
        }
        HistoryReader reader = HistoryReader.open(file, begun == null ? null : begun.place());
        try {
            long mapBytes = before == null ? -1 : before.mapBytes();
            IdMap map = mapFile == null ? null : IdMap.open(mapFile, mapBytes < 0, Math.max(0, mapBytes));
            ImportState state = begun == null ? ImportState.begin(map != null) : begun;
            return new Importer(invocation, session, file, noted, reader, map, before != null, state);
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    /** For tests: another {@link #LOOK_AGAIN}, at a service that has answered before. */
    void lookAgainAfter(Duration time) {
        lookAgain = time;
        answered = true;
    }

    /** Some events of the file, and how far it was read for them. */
    private record Batch(List<HistoryEvent> events, List<Long> lines, HistoryReader.Place place, long leftOut) {}

    /**
     * Publishes what is left.
     *
     * @return how far it is at the end
     * @throws CliException when the service refuses an event or is gone for long
     */
    ImportState run(Progress progress) throws IOException, InterruptedException {
        Batch batch = next();
        if (batch != null && state.place() == null) {
            state.write(noted); // from now on something may be there that is not noted
        }
        Map<String, String> landed = resumed && batch != null ? landed(batch.events()) : Map.of();
        for (; batch != null; batch = next()) {
            List<@Nullable String> ids = publish(batch, landed);
            while (ids == null) {
                landed = landed(batch.events());
                if (!mayLook) {
                    throw new CliException(
                            ExitCode.UNREACHABLE,
                            "the service was not available for long; run the same again to go on");
                }
                ids = publish(batch, landed);
            }
            note(batch, ids);
            landed = Map.of();
            progress.update(batch.place().lines(), batch.place().bytes());
        }
        return state;
    }

    /** Bytes behind the last whole line, when all lines are published. */
    int torn() {
        return reader.torn();
    }

    private @Nullable Batch next() throws IOException {
        List<HistoryEvent> events = new ArrayList<>();
        List<Long> lines = new ArrayList<>();
        HistoryReader.Place place = null;
        long bytes = 0;
        long leftOut = 0;
        while (events.size() < MAX_BATCH && bytes < MAX_BATCH_BYTES) {
            HistoryReader.Line line = reader.next();
            if (line == null) {
                break;
            }
            place = line.place();
            if (line.event().name().equals(DEAD_LETTER)) {
                leftOut++;
            } else {
                events.add(line.event());
                lines.add(place.lines());
                bytes += line.event().line().length();
            }
        }
        return place == null ? null : new Batch(events, lines, place, leftOut);
    }

    /** Which of these events are there already, behind the last that was noted: old id to new id. */
    private Map<String, String> landed(List<HistoryEvent> events) throws InterruptedException {
        ImportState.Moved moved = state.moved();
        var look = new LandedEvents(session);
        Map<String, String> found = look.find(events, moved == null ? null : moved.lastNew());
        mayLook = look.refusal() == null;
        if (!mayLook) {
            invocation.note("cannot look for what was on its way before (" + look.refusal()
                    + "): if that is longer ago than the service keeps idempotency keys, some events may be"
                    + " there twice");
        }
        return found;
    }

    /**
     * Publishes those of a batch that are not there.
     *
     * @return the new ids, null for an event between the first and the last that others published among; instead of the
     *     list null, if the service was not available for so long that what is there has to be looked for
     */
    private @Nullable List<@Nullable String> publish(Batch batch, Map<String, String> landed)
            throws InterruptedException {
        List<@Nullable String> ids = new ArrayList<>();
        List<Integer> missing = new ArrayList<>();
        for (HistoryEvent event : batch.events()) {
            String there = landed.get(event.id());
            if (there == null) {
                missing.add(ids.size());
            }
            ids.add(there);
        }
        if (missing.isEmpty()) {
            return ids;
        }
        Buffer body = Buffer.buffer();
        missing.forEach(i -> body.appendBuffer(batch.events().get(i).line()));
        BatchReceipt receipt = send(body, batch, missing);
        if (receipt == null) {
            return null;
        }
        EventId first = receipt.firstId() == null ? null : EventId.parse(receipt.firstId());
        EventId last = receipt.lastId() == null ? null : EventId.parse(receipt.lastId());
        if (first == null || last == null || receipt.count() != missing.size()) {
            throw CliException.failed("the service answers " + receipt.count() + " events where " + missing.size()
                    + " were sent: is that an events service?");
        }
        checkSameLog(first);
        // In order, and as many numbers as events: each has its own.
        boolean alone = last.sequence() - first.sequence() + 1 == missing.size();
        for (int i = 0; i < missing.size(); i++) {
            EventId known = i == 0 ? first : i == missing.size() - 1 ? last : null;
            if (known == null && alone) {
                known = new EventId(first.epoch(), first.sequence() + i);
            }
            ids.set(missing.get(i), known == null ? null : known.toString());
        }
        return ids;
    }

    private void checkSameLog(EventId id) {
        ImportState.Moved moved = state.moved();
        EventId before = moved == null ? null : EventId.parse(moved.lastNew());
        if (before != null && before.epoch() != id.epoch()) {
            throw CliException.failed("events were published at another service than that where the import was begun: "
                    + id + " is not of the log of " + before);
        }
    }

    private void note(Batch batch, List<@Nullable String> ids) throws IOException {
        ImportState.Moved moved = state.moved();
        long unlabelled = state.unlabelled();
        long movedBefore = state.movedBefore();
        for (int i = 0; i < ids.size(); i++) {
            HistoryEvent event = batch.events().get(i);
            String id = ids.get(i);
            unlabelled += event.label() == null && !event.movedBefore() ? 1 : 0;
            movedBefore += event.movedBefore() ? 1 : 0;
            if (id != null) {
                moved = moved == null
                        ? new ImportState.Moved(event.id(), id, event.id(), id)
                        : new ImportState.Moved(moved.firstOld(), moved.firstNew(), event.id(), id);
                if (map != null) {
                    map.add(event.id(), id);
                }
            }
        }
        long mapBytes = map == null ? -1 : map.force();
        state = new ImportState(
                batch.place(),
                moved,
                state.published() + batch.events().size(),
                state.leftOut() + batch.leftOut(),
                unlabelled,
                movedBefore,
                mapBytes);
        state.write(noted);
    }

    /** Sends some of a batch, as often as that may help; null when it would not be safe any longer. */
    private @Nullable BatchReceipt send(Buffer body, Batch batch, List<Integer> sent) throws InterruptedException {
        long begun = System.nanoTime();
        for (int failures = 1; ; failures++) {
            try {
                BatchReceipt receipt = session.await(session.client().publishLines(body));
                answered = true;
                return receipt;
            } catch (CliException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                boolean tooLate = System.nanoTime() - begun > lookAgain.toNanos();
                if (!mayGetBetter(cause) || tooLate && (!answered || !mayLook)) {
                    throw explained(e, cause, batch, sent);
                }
                if (tooLate) {
                    return null;
                }
                Duration delay = delay(cause, failures);
                invocation.note(String.valueOf(cause.getMessage()) + "; sending the same again in "
                        + GoDuration.format(Duration.ofMillis(delay.toMillis())));
                pause(delay);
            }
        }
    }

    private boolean mayGetBetter(Throwable cause) {
        return switch (cause) {
            case ApiException e ->
                e.status() >= 500 || e.status() == REQUEST_TIMEOUT || e.status() == TOO_MANY_REQUESTS;
            case UnreachableException e -> answered || e.outcomeUnknown();
            default -> false;
        };
    }

    private static Duration delay(Throwable cause, int failures) {
        Duration own = RetryPolicy.DEFAULT.delay(failures, ThreadLocalRandom.current());
        if (cause instanceof ApiException e && e.retryAfter().isPresent()) {
            Duration asked = Duration.ofSeconds(e.retryAfter().getAsInt());
            Duration most = RetryPolicy.DEFAULT.max();
            Duration bounded = asked.compareTo(most) > 0 ? most : asked;
            return bounded.compareTo(own) > 0 ? bounded : own;
        }
        return own;
    }

    private void pause(Duration delay) throws InterruptedException {
        Promise<Void> over = Promise.promise();
        session.vertx().setTimer(Math.max(1, delay.toMillis()), _ -> over.complete());
        session.await(over.future());
    }

    /** Names the line of the file, of which the service knows only where in the request it was. */
    private CliException explained(CliException e, Throwable cause, Batch batch, List<Integer> sent) {
        String again = "; run the same again to go on";
        if (cause instanceof ApiException refused
                && refused.status() / 100 == 4
                && refused.line().isPresent()) {
            long line = refused.line().getAsLong();
            if (line >= 1 && line <= sent.size()) {
                int index = sent.get((int) line - 1);
                return new CliException(
                        e.exitCode(),
                        "line " + batch.lines().get(index) + " of " + file + ", "
                                + batch.events().get(index).id() + ": " + refused.message() + tooLarge(refused) + again,
                        cause);
            }
        }
        int code = cause instanceof UnreachableException ? ExitCode.UNREACHABLE : e.exitCode();
        return new CliException(code, String.valueOf(cause.getMessage()) + again, cause);
    }

    /** An event that was as large as its service took is larger now, by its owner, its old id and time, and its key. */
    private static String tooLarge(ApiException refused) {
        return refused.errorType().filter(ErrorType.PAYLOAD_TOO_LARGE::equals).isPresent()
                ? " (an event grows a little by an import: start the service with a --max-event-bytes that is 32 KiB"
                        + " larger until it is done)"
                : "";
    }

    @Override
    public void close() throws IOException {
        try {
            if (map != null) {
                map.close();
            }
        } finally {
            reader.close();
        }
    }
}
