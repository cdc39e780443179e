# Writes the mail of the morning into outbox/, where a mail program would fetch it. Written under another name and
# renamed, so that nobody fetches half a mail.
count=work/flights_$PERIOD.count
rows=$(cat "$count" 2>/dev/null || echo "An unknown number of")
mkdir -p outbox
{
    echo "To: subscribers of the morning board"
    echo "Subject: the night of $PERIOD is done"
    echo
    echo "$rows flights were delivered for $PERIOD; all reports are on mpp."
} >"outbox/$PERIOD.part"
mv "outbox/$PERIOD.part" "outbox/$PERIOD.mail"
