using McpOperator.Signatures.Formats;

namespace McpOperator.Signatures.Verification;

/// <summary>cosign's newer layout: a manifest that refers to the image, with a Sigstore bundle as its one layer.</summary>
internal static class BundleLayout
{
    private const string Predicate = "dev.sigstore.bundle.predicateType";

    public static string FallbackTag(string digest) => digest.Replace(':', '-');

    /// <summary>
    /// What else is attached to images (SBOMs, provenance) says so in an annotation, and need not be fetched. That can lose a signature
    /// whose annotation is wrong, but never gain one.
    /// </summary>
    public static Finding? CheckAnnotation(SignatureManifest manifest) =>
        manifest.Annotations.TryGetValue(Predicate, out var type) && type != Statement.SignaturePredicate ? WrongPredicate() : null;

    /// <exception cref="FormatException">It is no bundle that can be checked.</exception>
    public static SignatureCandidate Read(byte[] text)
    {
        var bundle = SigstoreBundle.Parse(text);
        return new SignatureCandidate
        {
            Signed = bundle.Envelope.PreAuthenticationEncoding,
            Payload = bundle.Envelope.PayloadType == Statement.PayloadType ? bundle.Envelope.Payload : throw new FormatException("a DSSE envelope of another payloadType than " + Statement.PayloadType),
            Signature = bundle.Envelope.Signature,
            KeyHint = bundle.KeyHint,
            Certificate = bundle.Certificate,
            LogEntries = bundle.LogEntries,
            Timestamps = bundle.Timestamps,
        };
    }

    /// <returns>Why it is not about this image, or nothing.</returns>
    public static Finding? CheckClaim(SignatureCandidate candidate, string digest)
    {
        var statement = Statement.Parse(candidate.Payload!);
        return !statement.IsKnownType ? Finding.OtherImage("a signed statement is no in-toto statement")
            : statement.PredicateType != Statement.SignaturePredicate ? WrongPredicate()
            : !statement.Subjects.Contains(digest, StringComparer.Ordinal) ? Finding.OtherImage("a signature is of another image; sign this one")
            : null;
    }

    private static Finding WrongPredicate() =>
        Finding.OtherImage($"a signed statement is attached that is no signature (its predicateType is not {Statement.SignaturePredicate}); sign the image with `cosign sign`");
}
