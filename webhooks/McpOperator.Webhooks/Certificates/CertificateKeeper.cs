using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using McpOperator.Api;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Webhooks.Registration;
using Microsoft.Extensions.Logging;

namespace McpOperator.Webhooks.Certificates;

/// <summary>
/// Keeps the webhooks' own authority and certificate in a Secret. Every replica does all of it: it reads the Secret by watch, serves with
/// what stands there, tells API servers whom to trust, and writes what is due, with optimistic locking, so that one of them succeeds and
/// the others follow.
/// </summary>
[EntityRbac(typeof(V1Secret), Verbs = RbacVerb.Create, Scope = RbacScope.Own)]
[EntityRbac(typeof(V1Secret), Name = WebhookOptions.DefaultService, Verbs = RbacVerb.List | RbacVerb.Watch | RbacVerb.Update, Scope = RbacScope.Own)]
internal sealed class CertificateKeeper : ICertificateSource
{
    private readonly IKubernetesClient _client;
    private readonly NamespacedName _name;
    private readonly CertificatePlan _plan;
    private readonly IWebhookRegistrar _registrar;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Informer<V1Secret> _secret;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile X509Certificate2? _current;
    private volatile bool _isPublished;
    private string _served = "";

    /// <summary>Makes a keeper; <see cref="RunAsync"/> starts it.</summary>
    public CertificateKeeper(IKubernetesClient client, NamespacedName secret, CertificatePlan plan, IWebhookRegistrar registrar, TimeProvider time, ILogger log)
    {
        (_client, _name, _plan, _registrar, _time, _log) = (client, secret, plan, registrar, time, log);
        _secret = Informers.Typed<V1Secret>(client, new() { Namespace = secret.Namespace, FieldSelector = $"metadata.name={secret.Name}" }, time, log);
        _secret.OnChange(_ => _wake.Writer.TryWrite(true));
    }

    /// <inheritdoc/>
    public X509Certificate2? Current => _current;

    /// <inheritdoc/>
    public bool IsReady => _current is not null && _isPublished;

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        var watching = _secret.RunAsync(ct);
        try
        {
            await _secret.WaitForSyncAsync(ct);
            while (true)
            {
                await LookAsync(ct);
                await WaitAsync(ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // That is how it ends.
        }

        await watching;
    }

    private async Task LookAsync(CancellationToken ct)
    {
        try
        {
            var secret = _secret.Get(_name);
            var set = CertificateSet.Read(secret?.Data);
            if (set is not null)
            {
                Serve(set);
                _isPublished = await _registrar.PublishAsync(Encoding.ASCII.GetBytes(set.Bundle), ct);
            }

            var next = _plan.Next(set, _isPublished, _time.GetUtcNow());
            if (!ReferenceEquals(next, set))
            {
                await WriteAsync(secret, next, ct);
            }
        }
        catch (KubernetesException e) when (e.IsConflict || e.IsAlreadyExists)
        {
            // Another replica was quicker; the watch brings what it wrote.
        }
        catch (Exception e) when (e is KubernetesException or KubernetesConnectionException)
        {
            _log.LogWarning("The webhooks' certificate cannot be looked after, trying again: {Problem}", e.Message);
        }
    }

    private void Serve(CertificateSet set)
    {
        if (_served != set.Serving.Certificate)
        {
            _current = set.Serving.LoadWithKey();
            _served = set.Serving.Certificate;
            _log.LogInformation("The webhooks serve with a certificate that ends at {End:O}", _current.NotAfter.ToUniversalTime());
        }

        WebhookMetrics.Remaining.Record((_current!.NotAfter - _time.GetUtcNow()).TotalSeconds);
    }

    private async Task WriteAsync(V1Secret? secret, CertificateSet set, CancellationToken ct)
    {
        if (secret is null)
        {
            await _client.CreateAsync(
                new V1Secret
                {
                    Metadata = new() { Name = _name.Name, NamespaceProperty = _name.Namespace, Labels = new Dictionary<string, string> { [Labels.ManagedBy] = Labels.Manager } },
                    Type = "Opaque",
                    Data = set.Write(),
                },
                ct);
        }
        else
        {
            await _client.UpdateAsync(secret with { Data = set.Write() }, ct);
        }

        _log.LogInformation(
            "Wrote the webhooks' certificates to Secret {Secret}: {Step}", _name, set.Next is not null ? "the next authority is to be trusted" : set.Old is not null ? "the new authority signs" : "renewed");
    }

    private async Task WaitAsync(CancellationToken ct)
    {
        using var interval = new CancellationTokenSource(_plan.Lifetimes.Interval, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interval.Token, ct);
        try
        {
            await _wake.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Time to look.
        }
    }
}
