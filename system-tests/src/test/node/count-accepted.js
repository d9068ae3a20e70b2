// usage: node count-accepted.js BROKERS REGISTRY_URL
// Reads accepted-events from the beginning with stock clients and prints, as JSON, how many events there are, how many
// distinct ids, and the exact sum of quantities per meter. Ends when nothing new came for a while.
const { Kafka, logLevel } = require('kafkajs')
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry')

const [brokers, registryUrl] = process.argv.slice(2)
const IDLE_MS = 4000

// Avro's decimal: big-endian two's complement of the unscaled number.
const unscaled = (bytes) => BigInt.asIntN(bytes.length * 8, BigInt('0x' + bytes.toString('hex')))

async function main() {
  const kafka = new Kafka({ clientId: 'stock-consumer', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const registry = new SchemaRegistry({ host: registryUrl })
  const consumer = kafka.consumer({ groupId: 'stock-' + process.pid })
  const ids = new Set()
  const sums = {}
  let count = 0
  let idle
  await consumer.connect()
  await consumer.subscribe({ topic: 'tollgate.accepted-events', fromBeginning: true })
  await new Promise((resolve, reject) => {
    const restart = () => {
      clearTimeout(idle)
      idle = setTimeout(resolve, IDLE_MS)
    }
    consumer.on(consumer.events.GROUP_JOIN, restart)
    consumer.on(consumer.events.CRASH, (event) => reject(event.payload.error))
    consumer
      .run({
        eachMessage: async ({ message }) => {
          const event = await registry.decode(message.value)
          count++
          ids.add(event.eventId)
          sums[event.meter] = (sums[event.meter] || 0n) + unscaled(event.quantity)
          restart()
        },
      })
      .catch(reject)
  })
  await consumer.disconnect()
  const micro = Object.fromEntries(Object.entries(sums).map(([meter, sum]) => [meter, sum.toString()]))
  console.log(JSON.stringify({ count, distinct: ids.size, micro }))
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error)
    process.exit(1)
  },
)
