-- Stage 08, on the source: the highest id handed out, by column. Sequences are not replicated.
\set ON_ERROR_STOP on
SELECT sharding.highest();
