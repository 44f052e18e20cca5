package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.Published;
import com.busdk.broker.backend.log.LogUnavailableException;
import com.busdk.broker.envelope.EventBatch;
import com.busdk.client.http.ApiException;
import io.vertx.core.Promise;

/** A batch of events to be published. */
public final class PublishRequest extends WriteRequest {
    /** What a frame and a prefix add to each event, generously. */
    private static final int OVERHEAD = 200;

    private final EventBatch batch;
    private final Promise<Published> promise;
    private int accepted;
    private int duplicates;
    private long first;
    private long last;

    PublishRequest(Loop loop, EventBatch batch, Promise<Published> promise) {
        super(loop);
        this.batch = batch;
        this.promise = promise;
    }

    /** What is to be stored. */
    public EventBatch batch() {
        return batch;
    }

    /** Writer of a store that stages nothing: what became of it. */
    public void stored(Published published) {
        accepted = published.accepted();
        duplicates = published.duplicates();
        first = published.first();
        last = published.last();
    }

    @Override
    public int bytes() {
        return batch.size() + batch.count() * OVERHEAD;
    }

    @Override
    void stage(LogWriter writer, long nowMicros) throws LogUnavailableException {
        if (!keysFit(writer.keys(), nowMicros)) {
            // This one alone: nothing of it is staged yet, and the others of the commit are none the worse for it.
            failure = new LogUnavailableException(
                    "too many idempotency keys are remembered at the moment; try again later");
            return;
        }
        for (int i = 0, count = batch.count(); i < count; i++) {
            long sequence = batch.hasIdempotencyKey(i) ? once(writer, i, nowMicros) : fresh(writer, i, nowMicros);
            if (i == 0) {
                first = sequence;
            }
            last = sequence;
        }
    }

    /** Whether all keys that the table does not know have room in it; one that is there twice counts twice. */
    private boolean keysFit(KeyTable keys, long nowMicros) {
        int fresh = 0;
        for (int i = 0, count = batch.count(); i < count; i++) {
            if (batch.hasIdempotencyKey(i)
                    && keys.find(batch.idempotencyHigh(i), batch.idempotencyLow(i), nowMicros) == KeyTable.NONE) {
                fresh++;
            }
        }
        return fresh == 0 || keys.hasRoom(fresh, nowMicros);
    }

    private long fresh(LogWriter writer, int index, long nowMicros) throws LogUnavailableException {
        accepted++;
        return writer.log().append(batch, index, nowMicros);
    }

    private long once(LogWriter writer, int index, long nowMicros) throws LogUnavailableException {
        long high = batch.idempotencyHigh(index);
        long low = batch.idempotencyLow(index);
        long known = writer.keys().find(high, low, nowMicros);
        if (known != KeyTable.NONE) {
            duplicates++;
            return known;
        }
        long sequence = fresh(writer, index, nowMicros);
        writer.keys().stage(high, low, sequence, nowMicros);
        return sequence;
    }

    @Override
    void committed(LogWriter writer) {
        // The head has moved; the keys are kept by the writer as one with the commit.
    }

    @Override
    void settle() {
        if (failure == null) {
            promise.complete(new Published(accepted, duplicates, first, last));
        } else {
            promise.fail(Failures.unavailable(failure));
        }
    }

    /** What a publisher gets whose batch could not even be queued. */
    static ApiException refused(String why) {
        return Failures.unavailable(why);
    }
}
