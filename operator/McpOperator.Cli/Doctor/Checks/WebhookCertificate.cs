using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Objects;
using McpOperator.Webhooks;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether the webhooks' certificate lasts, and the API server trusts who signed it.</summary>
internal sealed class WebhookCertificate : ICheck
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(5);

    public string Name => "webhook-certificate";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var secret = await patient.Client.GetAsync<V1Secret>(WebhookOptions.DefaultService, patient.Namespace, ct)
            ?? await patient.Client.GetAsync<V1Secret>(WebhookOptions.DefaultService + "-tls", patient.Namespace, ct);
        var renew = $"kubectl -n {patient.Namespace} delete secret {WebhookOptions.DefaultService}: the operator makes a new one; with cert-manager: kubectl -n {patient.Namespace} describe certificate";
        if (secret?.Data?.GetValueOrDefault("tls.crt") is not { Length: > 0 } pem)
        {
            yield return Finding.Problem($"There is no certificate for the webhooks in namespace {patient.Namespace}.", "Look at the operator's log for why it cannot write one.");
            yield break;
        }

        using var certificate = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(pem));
        var left = certificate.NotAfter.ToUniversalTime() - patient.Time.GetUtcNow().UtcDateTime;
        yield return left <= TimeSpan.Zero ? Finding.Problem($"The webhooks' certificate ended {-left.TotalDays:0} days ago: nothing gets in.", renew)
            : left < Soon ? Finding.Problem($"The webhooks' certificate ends in {left.TotalDays:0} days and should have been renewed.", renew)
            : Finding.Ok($"The webhooks' certificate lasts {left.TotalDays:0} days more.");

        var hooks = (await patient.FindAsync(WebhooksAnswer.Validating, null, WebhooksAnswer.Configuration, ct))?["webhooks"] as JsonArray ?? [];
        if (hooks.Any(hook => !IsTrusted(certificate, (string?)hook?["clientConfig"]?["caBundle"], patient.Time.GetUtcNow().UtcDateTime)))
        {
            yield return Finding.Problem("The webhook configuration does not trust who signed the webhooks' certificate (caBundle).", "The operator writes it within a minute when it may patch the configuration; see its log. With cert-manager look at its ca-injector.");
        }
    }

    private static bool IsTrusted(X509Certificate2 certificate, string? bundle, DateTime now)
    {
        if (bundle is null)
        {
            return false;
        }

        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Encoding.UTF8.GetString(System.Convert.FromBase64String(bundle)));
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, VerificationTime = now } };
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        // How long it lasts has been said already.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(certificate);
    }
}
