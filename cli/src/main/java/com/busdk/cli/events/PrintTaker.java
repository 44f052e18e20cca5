package com.busdk.cli.events;

import com.busdk.cli.term.Output;
import com.busdk.cli.term.Table;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.LineBatch;
import org.jspecify.annotations.Nullable;

/** Prints lines as they came, or as columns, and acknowledges what has been printed. */
final class PrintTaker implements LineTaker {
    /** The columns' names, as a line. */
    static final String COLUMNS = "id\tsequence\tcreated_at\tname\tcorrelation_id\tpayload";

    private final Output out;
    private final boolean columns;
    private final @Nullable Acknowledger acknowledger;

    PrintTaker(Output out, boolean columns, @Nullable Acknowledger acknowledger) {
        this.out = out;
        this.columns = columns;
        this.acknowledger = acknowledger;
        if (columns) {
            out.line(COLUMNS);
            out.flush();
        }
    }

    @Override
    public void take(LineBatch batch) throws InterruptedException {
        if (columns) {
            batch.forEach((bytes, from, count) -> out.line(row(Envelope.parse(bytes, from, count))));
        } else {
            out.write(batch.array(), batch.offset(), batch.length());
        }
        out.flush();
        if (acknowledger != null) {
            acknowledger.ack(batch.tokens());
        }
    }

    /** A pipe tells of its reader's end only who writes, and the next event may be far away. */
    @Override
    public void idle() {
        out.checkReader();
    }

    @Override
    public long end() throws InterruptedException {
        if (acknowledger != null) {
            acknowledger.finish();
        }
        return 0;
    }

    /** An event under those columns. */
    static String row(Envelope event) {
        return String.join(
                "\t",
                text(event.id()),
                text(event.sequence()),
                text(event.createdAt()),
                event.name(),
                text(event.correlationId()),
                Table.escape(event.payload()));
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : Table.escape(value.toString());
    }
}
