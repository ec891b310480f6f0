using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Signatures.Caching;
using McpOperator.Signatures.Registry;
using McpOperator.Signatures.Verification;

namespace McpOperator.Signatures;

/// <summary>
/// Verifies image signatures against registries, in both layouts that cosign writes. One for the whole process: it holds connections,
/// tokens and answers. A good answer is kept by digest and policy; a bad one, briefly, by repository and credentials as well, so that
/// one tenant's missing pull secret does not refuse another's image.
/// </summary>
public sealed class SignatureVerifier : ISignatureVerifier, IDisposable
{
    private const int MostAnswers = 10_000;

    private readonly TimeProvider _time;
    private readonly PolicyCompiler _policies;
    private readonly TokenCache _tokens;
    private readonly VerdictCache _good;
    private readonly VerdictCache _bad;
    private readonly SingleFlight _flights = new();
    private readonly RegistryHttp _http = new();

    /// <summary>A verifier with empty caches.</summary>
    public SignatureVerifier(TimeProvider time)
    {
        _time = time;
        _policies = new PolicyCompiler(time);
        _tokens = new TokenCache(time);
        _good = new VerdictCache(MostAnswers, time);
        _bad = new VerdictCache(MostAnswers, time);
    }

    /// <summary>
    /// What is wrong with settings: fields within them, such as <c>signers[0].publicKey</c>, and messages. To be asked when the
    /// configuration is read; settings that are used in spite of it refuse every image.
    /// </summary>
    public static IEnumerable<(string Path, string Message)> Check(SignatureSettings settings) => SettingsCheck.Problems(settings);

    /// <inheritdoc/>
    public async Task<SignatureVerdict> VerifyAsync(SignatureRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!Digest.IsValid(request.Image.Digest))
        {
            throw new ArgumentException("the image is not pinned by a SHA-256 digest", nameof(request));
        }

        var began = _time.GetTimestamp();
        var (verdict, cached) = await AnswerAsync(request, cancellationToken);
        verdict = verdict with { Mode = request.Settings.Mode };
        SignatureMetrics.Judged(verdict, cached, _time.GetElapsedTime(began));
        return verdict;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<(SignatureVerdict Verdict, bool Cached)> AnswerAsync(SignatureRequest request, CancellationToken cancellationToken)
    {
        var settings = request.Settings;
        if (settings.Mode == SignatureMode.Off)
        {
            return (new SignatureVerdict(Reasons.SignatureNotChecked, "Signatures are not checked (images.signatures.mode is Off)."), true);
        }

        SignaturePolicy policy;
        string goodKey;
        try
        {
            goodKey = $"{request.Image.Digest} {_policies.Fingerprint(settings)}";
            if (Fresh(_good, goodKey, settings.GoodForSeconds) is { } known)
            {
                SignatureMetrics.Hit("good");
                return (known, true);
            }

            policy = _policies.Compile(settings);
        }
        catch (FormatException e)
        {
            return (new SignatureVerdict(Reasons.SignaturePolicyInvalid, $"Signatures cannot be checked, so the image is not accepted: {e.Message}"), true);
        }

        var credentials = (await request.Credentials(cancellationToken)).For(request.Image);
        var badKey = $"{goodKey} {request.Image.Name} {RegistryCredentials.Fingerprint(credentials)}";
        if (Fresh(_bad, badKey, settings.BadForSeconds) is { } bad)
        {
            SignatureMetrics.Hit("bad");
            return (bad, true);
        }

        return (await _flights.RunAsync(badKey, () => AskAsync(request, policy, credentials, goodKey, badKey), cancellationToken), false);
    }

    private async Task<SignatureVerdict> AskAsync(SignatureRequest request, SignaturePolicy policy, IReadOnlyList<RegistryCredential> credentials, string goodKey, string badKey)
    {
        var settings = request.Settings;
        // Whoever came too late to join a flight finds here what it brought.
        if ((Fresh(_good, goodKey, settings.GoodForSeconds) ?? Fresh(_bad, badKey, settings.BadForSeconds)) is { } landed)
        {
            return landed;
        }

        RegistrySession Open() => new(request.Image, request.Registries, credentials, _http, _tokens);
        var verdict = await ImageVerification.VerifyAsync(Open, request.Image.Digest!, policy, settings.MaxSignatures, TimeSpan.FromSeconds(settings.TimeoutSeconds), _time);
        if (verdict.IsVerified)
        {
            _good.Keep(goodKey, verdict);
            _bad.Forget(badKey);
            return verdict;
        }

        // The content of a digest does not change, so a signature that was good once is good evidence while nobody can be asked.
        if (verdict.Reason == Reasons.RegistryUnreachable && _good.Find(goodKey) is { } earlier)
        {
            SignatureMetrics.Hit("stale");
            return earlier.Verdict;
        }

        if (verdict.Reason is not (Reasons.RegistryUnreachable or Reasons.RegistryDenied))
        {
            _good.Forget(goodKey);
        }

        _bad.Keep(badKey, verdict);
        return verdict;
    }

    private static SignatureVerdict? Fresh(VerdictCache cache, string key, int seconds) =>
        cache.Find(key) is { } kept && kept.Age < TimeSpan.FromSeconds(seconds) ? kept.Verdict : null;
}
