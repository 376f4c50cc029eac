-- On the side that leads: the statements that bring the other side's sequences, which are not replicated, to where these are.
SELECT 'SET default_transaction_read_only = off;';
SELECT format('SELECT setval(%L, %s);', format('%I.%I', schemaname, sequencename), last_value)
FROM pg_sequences
WHERE last_value IS NOT NULL
ORDER BY 1;
