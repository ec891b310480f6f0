using System.Diagnostics.Metrics;

namespace McpOperator.Metrics.Tests;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly List<string> _problems = [];
    private Meter _meter = null!;
    private MetricsRegistry _registry = null!;

    [SetUp]
    public void Start()
    {
        _problems.Clear();
        // A name per test: meters are global to the process.
        _meter = new Meter("test." + Guid.NewGuid());
        _registry = Listen(new MetricsOptions { ProcessMetrics = false });
    }

    [TearDown]
    public void Dispose()
    {
        _registry.Dispose();
        _meter.Dispose();
    }

    [Test]
    public void Writes_every_kind_of_instrument_in_a_fixed_order()
    {
        var reconciles = _meter.CreateCounter<long>("reconciles_total", description: "Reconciles by kind.\nBack\\slash.");
        var depth = _meter.CreateUpDownCounter<int>("queue_depth");
        var leader = _meter.CreateGauge<double>("leader");
        var seconds = _meter.CreateHistogram<double>(
            "reconcile_seconds", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1, 10] });
        reconciles.Add(2, new KeyValuePair<string, object?>("kind", "B"));
        reconciles.Add(1, new("kind", "A"), new("again", true));
        depth.Add(5);
        depth.Add(-2);
        leader.Record(1);
        seconds.Record(0.1);
        seconds.Record(0.5);
        seconds.Record(100);

        Exposition.Text(_registry).Should().Be("""
            # TYPE leader gauge
            leader 1
            # TYPE queue_depth gauge
            queue_depth 3
            # TYPE reconcile_seconds histogram
            reconcile_seconds_bucket{le="0.1"} 1
            reconcile_seconds_bucket{le="1"} 2
            reconcile_seconds_bucket{le="10"} 2
            reconcile_seconds_bucket{le="+Inf"} 3
            reconcile_seconds_sum 100.6
            reconcile_seconds_count 3
            # HELP reconciles_total Reconciles by kind.\nBack\\slash.
            # TYPE reconciles_total counter
            reconciles_total{again="true",kind="A"} 1
            reconciles_total{kind="B"} 2

            """);
    }

    [Test]
    public void Escapes_label_values_and_repairs_names()
    {
        _meter.CreateCounter<long>("http.requests").Add(1, new("url.path", "a\\b\"c\nd"), new("1st", null));
        var scrape = Exposition.Scrape(_registry);
        scrape["http_requests_total{_1st=\"\",url_path=\"a\\\\b\\\"c\\nd\"}"].Should().Be(1);
    }

    [Test]
    public void Keeps_one_series_for_one_label_set_in_whatever_order_and_type()
    {
        var counter = _meter.CreateCounter<long>("c_total");
        counter.Add(1, new("a", 1), new("b", "x"));
        counter.Add(1, new("b", "x"), new("a", 1));
        counter.Add(1, new("a", "1"), new("b", "x"));
        Exposition.Scrape(_registry)["c_total{a=\"1\",b=\"x\"}"].Should().Be(3);
    }

    [Test]
    public void Renames_a_label_that_would_clash_with_the_bucket_bound()
    {
        _meter.CreateHistogram<double>("h").Record(1, new KeyValuePair<string, object?>("le", "x"));
        Exposition.Scrape(_registry)["h_count{exported_le=\"x\"}"].Should().Be(1);
    }

    [Test]
    public void Drops_an_observed_series_that_is_reported_no_longer()
    {
        var queues = new List<string> { "a", "b" };
        _meter.CreateObservableGauge("depth", () => queues.Select(queue => new Measurement<int>(7, new KeyValuePair<string, object?>("queue", queue))));
        _meter.CreateObservableCounter("seen", () => 40L);
        var first = Exposition.Scrape(_registry);
        queues.Remove("a");
        var second = Exposition.Scrape(_registry);
        first.Samples.Should().Equal("depth{queue=\"a\"}", "depth{queue=\"b\"}", "seen_total");
        second.Samples.Should().Equal("depth{queue=\"b\"}", "seen_total");
        second["seen_total"].Should().Be(40, "an observed total is not added up over scrapes");
    }

    [Test]
    public void Goes_on_when_one_instrument_cannot_be_read()
    {
        _meter.CreateObservableGauge("broken", int () => throw new InvalidOperationException("no such thing"));
        _meter.CreateObservableGauge("fine", () => 1);
        for (var i = 0; i < 3; i++)
        {
            Exposition.Scrape(_registry)["fine"].Should().Be(1);
        }

        _problems.Should().ContainSingle().Which.Should().Contain("no such thing");
    }

    [Test]
    public void Counts_label_sets_beyond_the_limit_as_overflow_and_says_so_once()
    {
        _registry.Dispose();
        _registry = Listen(new MetricsOptions { ProcessMetrics = false, MaxSeriesPerInstrument = 3 });
        var counter = _meter.CreateCounter<long>("c_total");
        for (var i = 0; i < 10; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", i));
        }

        counter.Add(1, new KeyValuePair<string, object?>("id", 2));
        var scrape = Exposition.Scrape(_registry);
        scrape.Samples.Should().HaveCount(4);
        scrape["c_total{id=\"2\"}"].Should().Be(2);
        scrape["c_total{overflow=\"true\"}"].Should().Be(7);
        _problems.Should().ContainSingle().Which.Should().Contain("c_total").And.Contain("3");
    }

    [Test]
    public void Observed_series_that_went_make_room_for_new_ones()
    {
        _registry.Dispose();
        _registry = Listen(new MetricsOptions { ProcessMetrics = false, MaxSeriesPerInstrument = 2 });
        var ids = Enumerable.Range(0, 5);
        _meter.CreateObservableGauge("g", () => ids.Select(id => new Measurement<int>(id, new KeyValuePair<string, object?>("id", id))));
        Exposition.Scrape(_registry).Samples.Should().Equal("g{id=\"0\"}", "g{id=\"1\"}", "g{overflow=\"true\"}");
        ids = [8];
        Exposition.Scrape(_registry).Samples.Should().Equal("g{id=\"8\"}");
        ids = [9];
        Exposition.Scrape(_registry).Samples.Should().Equal("g{id=\"9\"}");
    }

    [Test]
    public void Configured_bounds_win_over_the_instruments_own()
    {
        _registry.Dispose();
        _registry = Listen(new MetricsOptions { ProcessMetrics = false, HistogramBounds = new Dictionary<string, IReadOnlyList<double>> { ["h"] = [5, 2, 2] } });
        _meter.CreateHistogram<long>("h", advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1] }).Record(3);
        Exposition.Scrape(_registry).Samples.Should().Equal("h_bucket{le=\"2\"}", "h_bucket{le=\"5\"}", "h_bucket{le=\"+Inf\"}", "h_sum", "h_count");
    }

    [Test]
    public void Ignores_what_would_spoil_a_counter_or_a_histogram()
    {
        var counter = _meter.CreateCounter<double>("c_total");
        counter.Add(1);
        counter.Add(-1);
        counter.Add(double.NaN);
        _meter.CreateHistogram<double>("h").Record(double.NaN);
        _meter.CreateGauge<double>("g").Record(double.NegativeInfinity);
        var scrape = Exposition.Scrape(_registry);
        scrape["c_total"].Should().Be(1);
        scrape["g"].Should().Be(double.NegativeInfinity);
        scrape.Types.Should().NotContainKey("h");
    }

    [Test]
    public void Refuses_a_second_instrument_of_the_name_but_of_another_kind()
    {
        _meter.CreateGauge<int>("x").Record(1);
        using var other = new Meter(_meter.Name);
        other.CreateHistogram<int>("x").Record(1);
        Exposition.Scrape(_registry).Types.Should().Equal(new Dictionary<string, string> { ["x"] = "gauge" });
        _problems.Should().ContainSingle();
    }

    [Test]
    public void Ignores_meters_that_were_not_asked_for()
    {
        using var other = new Meter("somebody else");
        other.CreateCounter<int>("c").Add(1);
        Exposition.Text(_registry).Should().BeEmpty();
    }

    [Test]
    public void Shows_the_process_itself_once_even_with_two_registries()
    {
        using var one = new MetricsRegistry([]);
        using var two = new MetricsRegistry([]);
        var scrape = Exposition.Scrape(one);
        scrape["process_resident_memory_bytes"].Should().BeGreaterThan(1 << 20);
        scrape["process_cpu_seconds_total"].Should().BeInRange(0.01, Environment.CpuUsage.TotalTime.TotalSeconds);
        scrape["process_start_time_seconds"].Should().BeInRange(1.5e9, 1e10);
        scrape["dotnet_collection_count_total{generation=\"0\"}"].Should().BeLessThanOrEqualTo(GC.CollectionCount(0));
        scrape.Types.Should().Contain("process_cpu_seconds_total", "counter").And.Contain("process_resident_memory_bytes", "gauge");
        if (OperatingSystem.IsLinux())
        {
            scrape["process_open_fds"].Should().BeGreaterThan(3);
        }
    }

    [Test]
    public void Loses_nothing_when_many_threads_measure_during_scrapes()
    {
        const int threads = 8;
        const int rounds = 20_000;
        var counter = _meter.CreateCounter<long>("c_total");
        var histogram = _meter.CreateHistogram<double>("h");
        var workers = Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < rounds; i++)
                {
                    counter.Add(1, new KeyValuePair<string, object?>("k", i % 50), new KeyValuePair<string, object?>("t", "x"));
                    histogram.Record(i % 3, new KeyValuePair<string, object?>("k", i % 5));
                }
            },
            TaskCreationOptions.LongRunning)).ToArray();
        var all = Task.WhenAll(workers);
        var before = 0d;
        do
        {
            // Each scrape is valid by itself: the parser checks that buckets and counts agree.
            var text = Exposition.Text(_registry);
            var now = text.Length == 0 ? 0 : Total(Exposition.Parse(text), "c_total");
            now.Should().BeGreaterThanOrEqualTo(before);
            before = now;
        }
        while (!all.IsCompleted);

        var last = Exposition.Scrape(_registry);
        Total(last, "c_total").Should().Be(threads * rounds);
        Total(last, "h_count").Should().Be(threads * rounds);
    }

    [Test]
    public void A_measurement_of_a_known_series_allocates_nothing()
    {
        var counter = _meter.CreateCounter<long>("c_total");
        var histogram = _meter.CreateHistogram<double>("h");
        object boxed = 200;
        void Measure()
        {
            counter.Add(1, new KeyValuePair<string, object?>("kind", "MCPServer"), new KeyValuePair<string, object?>("code", boxed));
            histogram.Record(0.2, new KeyValuePair<string, object?>("kind", "MCPServer"));
        }

        for (var i = 0; i < 1000; i++)
        {
            Measure();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Measure();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1000, "a byte a measurement would be one too many");
    }

    private static double Total(Exposition scrape, string name) =>
        scrape.Samples.Where(sample => sample.StartsWith(name, StringComparison.Ordinal)).Sum(sample => scrape[sample]);

    private MetricsRegistry Listen(MetricsOptions options) => new([_meter.Name], options with { OnProblem = _problems.Add });
}
