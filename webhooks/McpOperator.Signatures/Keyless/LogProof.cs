using McpOperator.Signatures.Formats;

namespace McpOperator.Signatures.Keyless;

/// <summary>Checks that a transparency log which is trusted holds an entry about a signature.</summary>
internal static class LogProof
{
    /// <summary>Checks whatever the log gave: its promise (SET), its proof of inclusion, or both.</summary>
    /// <returns>When it was logged, if the log's promise vouches for that.</returns>
    /// <exception cref="ProofException">The entry is not proven, or is about something else.</exception>
    public static DateTimeOffset? Check(LogEntry entry, Func<LogBody, bool> isAboutSignature, TrustedRoot root)
    {
        var log = root.TransparencyLogs.FirstOrDefault(l => l.Id.AsSpan().SequenceEqual(entry.LogId))
            ?? throw new ProofException("is in a transparency log that the trusted root does not know");
        if (!isAboutSignature(Body(entry)))
        {
            throw new ProofException("has an entry from the transparency log that is about another signature");
        }

        if (entry.Inclusion is { } proof)
        {
            CheckInclusion(entry, proof, log);
        }

        if (entry.Promise is not { } promise)
        {
            return entry.Inclusion is null ? throw new ProofException("has an entry from the transparency log without any proof") : null;
        }

        if (!log.Key.Verify(entry.Promised, promise))
        {
            throw new ProofException("has an entry (SET) that the transparency log did not sign");
        }

        var time = Time(entry.IntegratedTime);
        return log.ValidFor.Covers(time) ? time : throw new ProofException("was logged when the trusted root did not trust that log");
    }

    private static void CheckInclusion(LogEntry entry, InclusionProof proof, TrustedLog log)
    {
        var checkpoint = Checkpoint.Open(proof.Checkpoint, log.Key);
        if (checkpoint.TreeSize != proof.TreeSize || !checkpoint.RootHash.AsSpan().SequenceEqual(proof.RootHash)
            || !MerkleProof.Holds(entry.Body, proof.Index, proof.TreeSize, proof.Hashes, proof.RootHash))
        {
            throw new ProofException("has a proof of inclusion in the transparency log that does not hold");
        }
    }

    private static LogBody Body(LogEntry entry)
    {
        try
        {
            return LogBody.Parse(entry.Body);
        }
        catch (FormatException e)
        {
            throw new ProofException($"has {e.Message}");
        }
    }

    private static DateTimeOffset Time(long seconds) =>
        seconds is > 0 and < 253402300800 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : throw new ProofException("has an entry from the transparency log without a time");
}
