-- Every booking has lines and they sum to zero.
SELECT booking.key, coalesce(sum(posting.amount), 0) AS sum_fen, count(posting.id) AS lines
FROM books_booking AS booking
LEFT JOIN books_posting AS posting ON posting.booking_id = booking.id
GROUP BY booking.id, booking.key
HAVING count(posting.id) < 2 OR sum(posting.amount) <> 0
ORDER BY booking.key
