package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.backend.log.NameSelector;
import com.busdk.broker.backend.log.RecordVisitor;
import com.busdk.broker.envelope.EventBatch;
import com.busdk.broker.envelope.JsonText;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Makes dead letters: an event that a group gives up is marked in the group's progress, and told of by an event
 * {@value #NAME} with the owner of the original, both in one commit. A group that listens to those events is the end of
 * it: what it gives up is marked and told of no more, or each dead letter of its own would make it another one.
 *
 * <p>Thread: the home loop; the original is read on a reader thread.
 */
final class DeadLetters {
    static final String NAME = "bus.events.dead_letter";

    /** Of a consumer's reason, so much is kept. */
    static final int MAX_REASON_CHARS = 200;

    private final GroupHome home;

    DeadLetters(GroupHome home) {
        this.home = home;
    }

    /**
     * The event becomes a dead letter of its group; its lease is taken away in the same turn. Completes when that is
     * written.
     */
    Future<Void> bury(Entry entry, String reason) {
        Promise<Void> buried = Promise.promise();
        String kept = reason.length() > MAX_REASON_CHARS ? reason.substring(0, MAX_REASON_CHARS) : reason;
        EventLog log = home.hub().log();
        home.hub().readers().execute(() -> {
            Original original = read(log, entry.sequence);
            home.loop().run(() -> bury(entry, kept, original, buried));
        });
        entry.state = Entry.State.DYING; // only now: it stays what it was where there is no thread for it
        return buried.future();
    }

    private void bury(Entry entry, String reason, @Nullable Original original, Promise<Void> buried) {
        Group group = entry.group;
        group.journal().whenWritten().future().onComplete(buried);
        if (original == null) {
            // No longer retained: there is nothing left to keep.
            group.gone(entry);
        } else {
            ProgressDelta changes = group.journal().changes();
            DeadMark mark = new DeadMark(
                    entry.sequence, entry.attempts, reason, home.hub().nowMicros());
            if (!group.key().name().equals(NAME)) {
                changes.told.add(event(
                        group.key(),
                        mark,
                        home.hub().log().epoch(),
                        original.owner().bytes()));
            }
            changes.dead.add(mark);
        }
        group.turnEnded();
    }

    /** @param owner the original's owner as it lies in the log, empty for none */
    private record Original(ByteKey owner) {}

    private @Nullable Original read(EventLog log, long sequence) {
        if (sequence < log.firstSequence()) {
            return null;
        }
        Original[] found = new Original[1];
        try {
            log.read(log.cursorAt(sequence), sequence + 1, NameSelector.ALL, EventLog.Trust.VERIFY, event -> {
                if (event.sequence() == sequence) {
                    found[0] = new Original(ByteKey.copyOf(event.buffer(), event.ownerStart(), event.ownerLength()));
                }
                return RecordVisitor.Next.STOP_BEHIND;
            });
        } catch (LogDamagedException e) {
            home.hub().reportDamage(e);
            return new Original(new ByteKey(new byte[0]));
        } catch (RuntimeException | InternalError | OutOfMemoryError e) {
            // Without an answer it would be neither dead nor anybody's until a restart.
            home.hub().reportDamage(new LogDamagedException("a dead letter cannot be read: " + e, e));
            return new Original(new ByteKey(new byte[0]));
        }
        return found[0];
    }

    private static EventBatch event(GroupKey group, DeadMark mark, long epoch, byte[] owner) {
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        write(tail, "\"name\":\"" + NAME + "\"");
        int ownerOffset = 0;
        if (owner.length > 0) {
            write(tail, ",\"identityId\":\"");
            ownerOffset = tail.size();
            tail.writeBytes(owner);
            write(tail, "\"");
        }
        write(
                tail,
                ",\"payload\":{\"group\":\"" + group.group() + "\",\"name\":\"" + group.name() + "\",\"id\":\""
                        + new EventId(epoch, mark.sequence()) + "\",\"attempts\":" + mark.attempts());
        if (mark.reason() != null) {
            write(tail, ",\"reason\":\"");
            tail.writeBytes(JsonText.encode(mark.reason()));
            write(tail, "\"");
        }
        write(tail, "}}\n");
        EventBatch batch = new EventBatch(tail.size(), 1);
        System.arraycopy(tail.toByteArray(), 0, batch.ensure(tail.size()), 0, tail.size());
        batch.add(tail.size(), NAME.length(), 0, 0, ownerOffset, owner.length, 0, 0);
        return batch;
    }

    private static void write(ByteArrayOutputStream to, String text) {
        to.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
